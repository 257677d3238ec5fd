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

static bool note_seq(void *owner, const struct transition *t)
{
    *(int64_t *)owner = t->seq;
    return false;
}

enum err_code change_last_seq(struct cache *cache, int64_t *seq, struct err *err)
{
    const struct transition_query last = {.newest_first = true, .limit = 1};
    int64_t found = 0;
    enum err_code rc = cache_transitions(cache, &last, note_seq, &found, err);

    if (rc == ERR_OK)
        *seq = found;
    return rc;
}
