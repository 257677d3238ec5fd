/* Where in a log the cause of a failure is to be looked for: the first error among what the failed
 * command printed; a build that failed says itself which command that was. */
#include "core/model/log_error.h"
#include "core/operate/log.h"

enum { REACH_LINES = 4000, REACH_NO_END = 400 };

struct looking {
    int64_t end;     /* CodeBuild's line that it failed; -1 = none */
    int64_t command; /* the last one that began before the end */
    int64_t until;
    int64_t found;
};

static bool look_for_end(void *owner, int64_t number, const struct log_line *line)
{
    struct looking *l = owner;

    if (log_line_is_command(line->text))
        l->command = number;
    if (log_line_is_end(line->text))
        l->end = number;
    return l->end < 0;
}

static bool look_for_error(void *owner, int64_t number, const struct log_line *line)
{
    struct looking *l = owner;

    if (line->flags & LOG_FLAG_ERROR)
        l->found = number;
    return l->found < 0;
}

/* Chunks without any are not unpacked. */
static enum err_code first_error(struct log_reader *r, int64_t from, int64_t until,
                                 struct looking *l, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = log_reader_chunk(r, from);
         !rc && l->found < 0 && i < r->count && r->chunks[i].first_line < until; i++) {
        const struct log_chunk *c = &r->chunks[i];
        int64_t first = c->first_line > from ? c->first_line : from;
        int64_t end = c->first_line + c->lines < until ? c->first_line + c->lines : until;

        if (c->errors > 0)
            rc = log_reader_each(r, first, end, look_for_error, l, err);
    }
    return rc;
}

enum err_code log_find_error(struct log_reader *r, int64_t *out, struct err *err)
{
    struct looking l = {.end = -1, .command = -1, .found = -1};
    int64_t from = r->lines - REACH_LINES > r->first_line ? r->lines - REACH_LINES : r->first_line;
    enum err_code rc = log_reader_each(r, from, r->lines, look_for_end, &l, err);

    if (!rc && l.end >= 0)
        rc = first_error(r, l.command >= 0 ? l.command + 1 : from, l.end, &l, err);
    if (!rc && l.end >= 0 && l.found < 0)
        l.found = l.end;
    if (!rc && l.end < 0) {
        from = r->lines - REACH_NO_END > from ? r->lines - REACH_NO_END : from;
        rc = first_error(r, from, r->lines, &l, err);
    }
    if (!rc)
        *out = l.found;
    return rc;
}
