#include "core/cli/out.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "core/base/json.h"

enum { OUT_CAP = 64 << 20, OUT_SPILL = 32 << 10 };

/* Of this process: a verb runs once. */
static bool has_printed;
static struct err said;

void out_init(struct out *out)
{
    sb_init(&out->text, OUT_CAP);
}

void out_release(struct out *out)
{
    sb_release(&out->text);
}

static enum err_code write_all(int fd, struct sv text, struct err *err)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);

        if (n >= 0) {
            text = sv_drop(text, (size_t)n);
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == EPIPE)
            return err_set(err, ERR_CANCELLED, "%s", "");
        return err_set(err, ERR_FAILED, "cannot write to standard output: %s", strerror(errno));
    }
    return ERR_OK;
}

enum err_code out_flush(struct out *out, struct err *err)
{
    enum err_code rc = write_all(STDOUT_FILENO, sb_sv(&out->text), err);

    has_printed = has_printed || out->text.len > 0;
    sb_clear(&out->text);
    return rc;
}

enum err_code out_spill(struct out *out, struct err *err)
{
    return out->text.len < OUT_SPILL ? ERR_OK : out_flush(out, err);
}

static void say(const char *sentence, const char *advice)
{
    char line[2 * ERR_TEXT_MAX];
    int len =
        snprintf(line, sizeof line, advice[0] != '\0' ? "penstock: %s (%s)\n" : "penstock: %s%s\n",
                 sentence, advice);
    struct err err;

    /* Nobody is left to be told when stderr is gone as well. */
    if (write_all(STDERR_FILENO, sv_make(line, (size_t)len), &err))
        return;
}

/* One cause is told once though it ends several readings: "sales: no route", then "no route". */
static void say_once(const char *sentence, const char *advice)
{
    static char last[ERR_TEXT_MAX];

    if (sentence[0] != '\0' && sv_ends(sv_of(last), sv_of(sentence)))
        return;
    (void)snprintf(last, sizeof last, "%s", sentence);
    say(sentence, advice);
}

int cli_fail(const struct err *err)
{
    int status = err_exit_status(err->code);

    if (err->code == ERR_CANCELLED && err->text[0] == '\0')
        return OUT_EXIT_PIPE;
    said = *err;
    /* Credentials and network: the cause is outside, so what to do is worth a word. */
    say_once(err->text, status == 3 || status == 4 ? err_advice(err->code) : "");
    return status;
}

void cli_note(const char *fmt, ...)
{
    struct err err;
    char text[ERR_TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    err_set(&err, ERR_OK, "%s", text); /* cleans it */
    if (said.code == ERR_OK)
        said = err;
    say_once(err.text, "");
}

void out_tell_failure(int status)
{
    struct out out;
    struct jw w;
    struct err err;

    if (status == 0 || status == OUT_EXIT_PIPE || has_printed || said.text[0] == '\0')
        return;
    out_init(&out);
    jw_init(&w, &out.text, &err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "error", sv_of(said.text));
    jw_put_sv(&w, "code", sv_of(err_name(said.code == ERR_OK ? ERR_FAILED : said.code)));
    jw_close(&w, '}');
    /* The exit status tells it as well. */
    if (!jw_done(&w) && !sb_addc(&out.text, '\n', &err) && out_flush(&out, &err))
        has_printed = true;
    out_release(&out);
}

int out_end(struct out *out, int status)
{
    struct err err = {0};
    enum err_code rc = out_flush(out, &err);

    out_release(out);
    return rc ? cli_fail(&err) : status;
}
