#include "core/sandbox/pasts.h"

#include <stdlib.h>

#include "core/base/mem.h"

/* Room for one more at the end. */
static enum err_code grow(struct run *run, struct err *err)
{
    struct past *grown;

    if (run->past_count == PASTS_MAX) {
        memmove(&run->pasts[0], &run->pasts[1], (PASTS_MAX - 1) * sizeof *run->pasts);
        run->past_count--;
        return ERR_OK;
    }
    grown = mem_resize(run->pasts, run->past_count + 1, sizeof *grown);
    if (grown == NULL)
        return mem_err(err);
    run->pasts = grown;
    return ERR_OK;
}

enum err_code past_keep(const struct pipe *p, struct run *run, size_t action, struct err *err)
{
    const struct deed *deed = run_told(p, run, action);
    enum err_code rc = grow(run, err);

    if (!rc)
        run->pasts[run->past_count++] =
            (struct past){.action = action,
                          .attempt = run->attempts[action],
                          .deed = deed == NULL ? (struct deed){0} : *deed};
    return rc;
}

void past_swap(const struct pipe *p, struct run *run, size_t past)
{
    struct past *shown = &run->pasts[past];
    struct attempt attempt = run->attempts[shown->action];
    struct deed *deed = run_deed(p, run, shown->action);

    run->attempts[shown->action] = shown->attempt;
    shown->attempt = attempt;
    if (deed != NULL) {
        struct deed kept = *deed;

        *deed = shown->deed;
        shown->deed = kept;
    }
}

static int by_begin(const void *a, const void *b)
{
    const struct try_ref *first = a;
    const struct try_ref *second = b;

    if (first->at_ms != second->at_ms)
        return first->at_ms < second->at_ms ? -1 : 1;
    if (first->action != second->action)
        return first->action < second->action ? -1 : 1;
    return first->tries < second->tries ? -1 : first->tries > second->tries;
}

enum err_code pasts_order(const struct pipe *p, const struct run *run, struct try_ref **out,
                          size_t *count, struct err *err)
{
    size_t actions = run_shape(p, run)->action_count;
    struct try_ref *list = mem_array(actions + run->past_count + 1, sizeof *list);

    *count = 0;
    if (list == NULL)
        return mem_err(err);
    for (size_t i = 0; i < actions; i++) {
        const struct attempt *a = &run->attempts[i];

        if (a->status != RUN_NONE)
            list[(*count)++] = (struct try_ref){a->started_at, i, SIZE_MAX, a->tries};
    }
    for (size_t i = 0; i < run->past_count; i++) {
        const struct past *past = &run->pasts[i];

        list[(*count)++] =
            (struct try_ref){past->attempt.started_at, past->action, i, past->attempt.tries};
    }
    qsort(list, *count, sizeof *list, by_begin);
    *out = list;
    return ERR_OK;
}

/* ---- for the store ---- */

static void put_text(struct jw *w, const char *name, const char *text)
{
    if (text != NULL)
        jw_put_sv(w, name, sv_of(text));
}

enum err_code pasts_write(const struct run *run, struct sb *out, struct err *err)
{
    struct jw w;

    if (run->past_count == 0)
        return ERR_OK;
    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_name(&w, "pasts");
    jw_open(&w, '[');
    for (size_t i = 0; i < run->past_count; i++) {
        const struct past *past = &run->pasts[i];

        jw_open(&w, '{');
        jw_put_int(&w, "action", (int64_t)past->action);
        jw_put_int(&w, "started", past->attempt.started_at);
        jw_put_int(&w, "changed", past->attempt.changed_at);
        jw_put_int(&w, "status", past->attempt.status);
        jw_put_int(&w, "failure", past->attempt.failure);
        jw_put_int(&w, "tries", past->attempt.tries);
        put_text(&w, "summary", past->attempt.summary);
        put_text(&w, "by", past->attempt.by);
        put_text(&w, "id", past->deed.external_id);
        put_text(&w, "url", past->deed.url);
        put_text(&w, "code", past->deed.code);
        put_text(&w, "message", past->deed.message);
        put_text(&w, "variables", past->deed.variables);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}

static const char *take(struct world *w, const cJSON *json, const char *member, enum err_code *rc,
                        struct err *err)
{
    struct sv text = json_sv(json, member);
    const char *kept = NULL;

    if (text.ptr != NULL && !*rc)
        *rc = world_intern(w, text, &kept, err);
    return kept;
}

static enum err_code load_one(struct world *w, const struct pipe *p, struct run *run,
                              const cJSON *json, struct err *err)
{
    int64_t action = json_int(json, "action", -1);
    int64_t status = json_int(json, "status", -1);
    enum err_code rc = grow(run, err);
    struct past past = {0};

    if (rc)
        return rc;
    if (action < 0 || (uint64_t)action >= run_shape(p, run)->action_count || status < 0 ||
        status >= RUN_STATUS_COUNT)
        return err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
    past.action = (size_t)action;
    past.attempt.status = (uint8_t)status;
    past.attempt.started_at = json_int(json, "started", 0);
    past.attempt.changed_at = json_int(json, "changed", 0);
    past.attempt.failure = (uint8_t)json_int(json, "failure", 0);
    past.attempt.tries = (uint8_t)json_int(json, "tries", 0);
    past.attempt.summary = take(w, json, "summary", &rc, err);
    past.attempt.by = take(w, json, "by", &rc, err);
    past.deed.external_id = take(w, json, "id", &rc, err);
    past.deed.url = take(w, json, "url", &rc, err);
    past.deed.code = take(w, json, "code", &rc, err);
    past.deed.message = take(w, json, "message", &rc, err);
    past.deed.variables = take(w, json, "variables", &rc, err);
    run->pasts[run->past_count++] = past;
    return rc;
}

enum err_code pasts_load(struct world *w, const struct pipe *p, struct run *run, struct sv text,
                         struct err *err)
{
    cJSON *json = NULL;
    enum err_code rc = text.len == 0 ? ERR_OK : json_parse(text, &json, err);

    for (const cJSON *past = json_list(json, "pasts"); past != NULL && !rc; past = past->next)
        rc = load_one(w, p, run, past, err);
    cJSON_Delete(json);
    return rc;
}
