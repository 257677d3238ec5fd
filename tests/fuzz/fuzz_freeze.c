/* A line of the freeze calendar, and texts for Markdown: any bytes are a freeze or refused with a
 * sentence, a freeze that is in force has an end behind now, and nothing becomes markup. */
#include "core/operate/guard_freeze.h"
#include "core/operate/guard_people.h"
#include "core/views/incident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct freeze *freeze, int64_t now_ms)
{
    char text[ZONE_TEXT_SIZE];
    int64_t until = 0;

    if (freeze_until(freeze, now_ms, &until, text, NULL))
        return;
    if (until != 0 && until <= now_ms)
        abort();
    if ((until != 0) != (text[0] != '\0'))
        abort();
}

static void escape(struct sv text)
{
    struct sb out;

    sb_init(&out, 1 << 20);
    if (markdown_add(&out, text, 500, NULL) == ERR_OK) {
        struct sv got = sb_sv(&out);

        for (size_t i = 0; i < got.len; i++) {
            if (got.ptr[i] == '\n' || (got.ptr[i] == '<' && (i == 0 || got.ptr[i - 1] != '\\')))
                abort();
        }
    }
    sb_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Berlin's clock goes back within the second one. */
    static const int64_t moments[] = {1795262400000, 1792890000000, 0, 4102444800000};
    struct sv text = sv_make((const char *)data, size);
    struct freeze freeze;
    struct err err = {0};
    struct sv caller;
    struct sv author = sv_cut(text, '\n', &caller);

    escape(text);
    (void)person_compare(NULL, author, caller);
    if (freeze_parse(text, &freeze, &err)) {
        if (err.text[0] == '\0')
            abort();
        return 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(moments); i++)
        ask(&freeze, moments[i]);
    (void)freeze_covers(&freeze, SV("prod"), true);
    return 0;
}
