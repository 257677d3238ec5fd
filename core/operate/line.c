/* Command lines: an operation as the AWS CLI's command and as penstock's own, one line each, such
 * that pasting it into a shell does the same. */
#include "core/base/json.h"
#include "core/operate/turn.h"

enum { JSON_MAX = 64 * 1024 };

/* What no shell reads as anything but itself. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_./:=@%+,-", c) != NULL);
}

/* One character of it, taken off the front. */
static struct sv next_character(struct sv *text, bool *is_shown)
{
    struct sv before = *text;
    uint32_t c = utf8_next(text);
    struct sv bytes = sv_take(before, before.len - text->len);

    *is_shown = c >= ' ' && c != 0x7f && text_safe(c) == c && (c != 0xfffd || bytes.len == 3);
    return bytes;
}

static enum err_code put_escaped(struct sv bytes, bool is_shown, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (sv_eq(bytes, SV("\n")))
        return sb_add(out, SV("\\n"), err);
    if (sv_eq(bytes, SV("'")) || sv_eq(bytes, SV("\\")))
        rc = sb_addc(out, '\\', err);
    if (is_shown)
        return rc ? rc : sb_add(out, bytes, err);
    for (size_t i = 0; i < bytes.len && !rc; i++)
        rc = sb_addf(out, err, "\\%03o", (unsigned)(unsigned char)bytes.ptr[i]);
    return rc;
}

static enum err_code put_quoted(struct sv bytes, struct sb *out, struct err *err)
{
    return sb_add(out, sv_eq(bytes, SV("'")) ? SV("'\\''") : bytes, err);
}

/* What a line cannot show, such as a line break, stands as $'..\n..': bash, zsh, ksh and the POSIX
 * of 2024 take it back. */
enum err_code shell_word(struct sv text, struct sb *out, struct err *err)
{
    bool plain = text.len > 0;
    bool is_shown;
    bool escapes = false;
    enum err_code rc;

    for (size_t i = 0; i < text.len && plain; i++)
        plain = is_plain(text.ptr[i]);
    if (plain)
        return sb_add(out, text, err);
    for (struct sv rest = text; rest.len > 0 && !escapes; escapes = !is_shown)
        (void)next_character(&rest, &is_shown);
    rc = sb_add(out, escapes ? SV("$'") : SV("'"), err);
    while (text.len > 0 && !rc) {
        struct sv bytes = next_character(&text, &is_shown);

        rc = escapes ? put_escaped(bytes, is_shown, out, err) : put_quoted(bytes, out, err);
    }
    return rc ? rc : sb_addc(out, '\'', err);
}

enum err_code line_word(struct sb *out, struct sv value, struct err *err)
{
    enum err_code rc;

    if (value.len == 0)
        return ERR_OK;
    rc = sb_addc(out, ' ', err);
    return rc ? rc : shell_word(value, out, err);
}

enum err_code line_option(struct sb *out, const char *name, struct sv value, struct err *err)
{
    enum err_code rc;

    if (value.len == 0)
        return ERR_OK;
    /* A value that looks like an option is one, unless it is tied to its name. */
    if (value.ptr[0] != '-') {
        rc = sb_addf(out, err, " --%s", name);
        return rc ? rc : line_word(out, value, err);
    }
    rc = sb_addf(out, err, " --%s=", name);
    return rc ? rc : shell_word(value, out, err);
}

/* The AWS CLI takes these for the place of the value. */
static bool is_place(struct sv value)
{
    static const char *const prefixes[] = {"file://", "fileb://", "http://", "https://"};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (sv_starts(value, sv_of(prefixes[i])))
            return true;
    }
    return false;
}

enum err_code line_text(struct sb *out, const char *name, struct sv value, struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sb_init(&json, JSON_MAX);
    if (!is_place(value))
        return line_option(out, name, value, err);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    jw_put_sv(&w, name, value);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : line_option(out, "cli-input-json", sb_sv(&json), err);
}

enum err_code line_query_text(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = sb_addc(out, '\'', err);

    for (size_t i = 0; i < text.len && !rc; i++) {
        if (text.ptr[i] == '\'')
            rc = sb_addc(out, '\\', err);
        if (!rc)
            rc = sb_addc(out, text.ptr[i], err);
    }
    return rc ? rc : sb_addc(out, '\'', err);
}

/* Profile, region and endpoint, as far as the person's surroundings do not say them already: the
 * keys of the environment and the default profile need no word. */
static enum err_code put_place(const struct turn *t, struct sb *out, struct err *err)
{
    const struct aws_settings *settings = aws_session_settings(t->session);
    struct sv profile = sv_of(settings->profile);
    enum err_code rc = ERR_OK;

    if (!sv_eq(profile, SV("default")))
        rc = line_option(out, "profile", profile, err);
    if (!rc)
        rc = line_option(out, "region", sv_of(aws_session_region(t->session)), err);
    return rc ? rc : line_option(out, "endpoint-url", sv_of(settings->option_endpoint_url), err);
}

enum err_code line_aws(const struct turn *t, const char *service, const char *command,
                       struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "aws %s %s", service, command);

    return rc ? rc : put_place(t, out, err);
}

enum err_code line_own(const struct turn *t, const char *verb, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("penstock"), err);

    if (!rc)
        rc = put_place(t, out, err);
    return rc ? rc : sb_addf(out, err, " %s", verb);
}
