#include "core/cli/change.h"

#include "core/base/time.h"

/* "Build", "Build/compile", or nothing for the pipeline itself. */
static enum err_code add_place(const struct transition *t, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (t->kind == TRANSITION_PIPELINE)
        return sb_add(out, SV("pipeline"), err);
    if (t->kind == TRANSITION_GATE)
        rc = sb_add(out, SV("transition into "), err);
    if (rc == ERR_OK)
        rc = sb_add_safe(out, t->stage, err);
    if (rc == ERR_OK && t->kind == TRANSITION_ACTION)
        rc = sb_addc(out, '/', err);
    if (rc == ERR_OK && t->kind == TRANSITION_ACTION)
        rc = sb_add_safe(out, t->action, err);
    return rc;
}

static const char *word(enum status status)
{
    return status == STATUS_NONE ? "none" : status_aws(status);
}

static enum err_code add_change(const struct transition *t, struct sb *out, struct err *err)
{
    if (t->kind == TRANSITION_GATE)
        return sb_addf(out, err, ": %s", t->to == STATUS_STOPPED ? "disabled" : "enabled");
    if (t->from == t->to)
        return sb_addf(out, err, ": %s (another execution)", word(t->to));
    return sb_addf(out, err, ": %s -> %s", word(t->from), word(t->to));
}

enum err_code change_line(const struct transition *t, bool with_name, struct sb *out,
                          struct err *err)
{
    char time[TIME_RFC3339_SIZE];
    int64_t at = t->at > 0 ? t->at : t->observed_at;
    /* Whole seconds: what a person reads aloud. */
    enum err_code rc = sb_addf(out, err, "%s ", time_rfc3339(at - at % 1000, time));

    if (rc == ERR_OK && with_name)
        rc = sb_add_safe(out, t->id.name, err);
    if (rc == ERR_OK && with_name)
        rc = sb_addc(out, ' ', err);
    if (rc == ERR_OK)
        rc = add_place(t, out, err);
    if (rc == ERR_OK)
        rc = add_change(t, out, err);
    if (rc == ERR_OK && t->summary.len > 0)
        rc = sb_add(out, SV(": "), err);
    if (rc == ERR_OK)
        rc = sb_add_safe(out, t->summary, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static bool note_one(void *owner, const struct transition *t UNUSED)
{
    *(bool *)owner = true;
    return false;
}

static enum err_code is_beyond(struct cache *cache, int64_t seq, bool *out, struct err *err)
{
    *out = false;
    return cache_transitions(cache, seq, 0, 1, note_one, out, err);
}

/* By halving, because the history may be long and only its end matters. */
enum err_code change_last_seq(struct cache *cache, int64_t *seq, struct err *err)
{
    int64_t below = 0; /* something lies beyond it, when more is true */
    int64_t above = 1;
    bool more = false;
    enum err_code rc = is_beyond(cache, 0, &more, err);

    if (rc || !more) {
        *seq = rc ? *seq : 0;
        return rc;
    }
    for (rc = is_beyond(cache, above, &more, err); rc == ERR_OK && more && above < INT64_MAX / 2;
         rc = is_beyond(cache, above, &more, err)) {
        below = above;
        above *= 2;
    }
    while (rc == ERR_OK && above - below > 1) {
        int64_t middle = below + (above - below) / 2;

        rc = is_beyond(cache, middle, &more, err);
        if (more)
            below = middle;
        else
            above = middle;
    }
    if (rc == ERR_OK)
        *seq = above;
    return rc;
}
