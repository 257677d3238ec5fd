/* A pipeline's file and an environment's JSON: any bytes are read or refused with a sentence; what
 * was read can be judged, and reads the same when it was written. */
#include "core/model/definition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 4 * 1024 * 1024 };

static struct defects defects; /* too large for the stack of a fuzzer */

static void rewrite(const struct definition *d, struct arena *arena)
{
    struct definition again;
    struct definition_change *changes;
    struct defects none = {0};
    struct err err = {0};
    struct sb text;
    size_t count;

    sb_init(&text, 4 * DEFINITION_SIZE_MAX);
    if (definition_write(d, &text, &err) == ERR_OK && text.len <= DEFINITION_SIZE_MAX) {
        if (definition_read(sb_sv(&text), arena, &again, &none, &err) ||
            definition_compare(d, &again, arena, &changes, &count, &none, &err))
            abort();
        if (none.errors > 0 || count > 0)
            abort();
    }
    sb_release(&text);
}

static void judge(struct sv text, struct arena *arena)
{
    const struct environment known[] = {
        {.name = SV("tools"),
         .kind = ENVIRONMENT_CICD,
         .account = SV("111111111111"),
         .region = SV("eu-west-1")},
        {.name = SV("dev"), .account = SV("222222222222"), .region = SV("eu-west-1")}};
    struct definition d;
    struct err err = {0};

    defects = (struct defects){0};
    if (definition_read(text, arena, &d, &defects, &err)) {
        if (err.text[0] == '\0')
            abort();
        return;
    }
    definition_check(&d, known, ARRAY_LEN(known), &defects);
    if (defects.errors == 0)
        rewrite(&d, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_make((const char *)data, size);
    struct arena arena;
    struct environment e;
    struct err err = {0};
    bool has_unknown;

    arena_init(&arena, MEMORY);
    judge(text, &arena);
    if (environment_read(text, &arena, &e, &has_unknown, &err) == ERR_OK) {
        defects = (struct defects){0};
        environment_check(&e, NULL, 0, &defects);
    }
    arena_release(&arena);
    return 0;
}
