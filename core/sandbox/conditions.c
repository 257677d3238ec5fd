#include "core/sandbox/conditions.h"

#include "core/base/mem.h"

const char *condition_member(enum condition_kind kind)
{
    static const char *const names[] = {"beforeEntry", "onSuccess", "onFailure"};
    _Static_assert(ARRAY_LEN(names) == CONDITION_COUNT, "a name per condition");

    return names[kind];
}

bool condition_read_result(struct sv text, enum condition_result *out)
{
    static const char *const names[] = {"FAIL", "SKIP", "ROLLBACK", "RETRY"};
    _Static_assert(ARRAY_LEN(names) == RESULT_COUNT, "a name per result");

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (sv_eq(text, sv_of(names[i]))) {
            *out = (enum condition_result)i;
            return true;
        }
    }
    return false;
}

/* ---- from a declaration ---- */

static enum err_code keep_json(struct world *w, const cJSON *json, const char **out,
                               struct err *err)
{
    char *text = cJSON_PrintUnformatted(json);
    enum err_code rc = text == NULL ? mem_err(err) : world_intern(w, sv_of(text), out, err);

    cJSON_free(text);
    return rc;
}

static enum err_code read_rules(struct world *w, const cJSON *list, struct condition_shape *out,
                                struct err *err)
{
    size_t count = (size_t)cJSON_GetArraySize(list);
    struct rule_shape *rules = arena_alloc(&w->arena, count == 0 ? 1 : count, sizeof *rules);
    const cJSON *item = list == NULL ? NULL : list->child;
    enum err_code rc = ERR_OK;

    if (rules == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; item != NULL && !rc; item = item->next, i++) {
        rc = world_intern(w, json_sv(item, "name"), &rules[i].name, err);
        if (!rc)
            rc = keep_json(w, item, &rules[i].json, err);
    }
    out->rules = rules;
    out->rule_count = count;
    return rc;
}

/* Failure's may say its result beside its conditions, the others say it inside. */
static enum err_code read_one(struct world *w, const cJSON *declared, struct condition_shape *out,
                              struct err *err)
{
    const cJSON *condition = json_list(declared, "conditions");
    struct sv result = json_sv(condition, "result");
    struct sv mode = json_sv(json_get(declared, "retryConfiguration"), "retryMode");
    enum err_code rc = keep_json(w, declared, &out->json, err);

    if (result.ptr == NULL)
        result = json_sv(declared, "result");
    if (!condition_read_result(result, &out->result))
        out->result = RESULT_FAIL;
    out->retries_all = sv_eq(mode, SV("ALL_ACTIONS"));
    return rc ? rc : read_rules(w, json_get(condition, "rules"), out, err);
}

enum err_code conditions_read(struct world *w, const cJSON *stage, size_t *rules,
                              const struct condition_shape **out, struct err *err)
{
    struct condition_shape *conditions = NULL;
    enum err_code rc = ERR_OK;

    for (int k = 0; k < CONDITION_COUNT && !rc; k++) {
        const cJSON *declared = json_get(stage, condition_member((enum condition_kind)k));

        if (declared == NULL)
            continue;
        if (conditions == NULL)
            conditions = arena_alloc(&w->arena, CONDITION_COUNT, sizeof *conditions);
        if (conditions == NULL)
            return arena_err(&w->arena, err);
        conditions[k].first = *rules;
        rc = read_one(w, declared, &conditions[k], err);
        *rules += conditions[k].rule_count;
    }
    *out = conditions;
    return rc;
}

/* ---- in a run ---- */

const struct condition_shape *condition_of(const struct shape *shape, size_t stage,
                                           enum condition_kind kind)
{
    const struct condition_shape *conditions = shape->stages[stage].conditions;

    return conditions == NULL || conditions[kind].json == NULL ? NULL : &conditions[kind];
}

struct verdict *run_verdict(const struct run *run, size_t stage, enum condition_kind kind)
{
    return run->judged == NULL ? NULL
                               : &run->judged->verdicts[stage * CONDITION_COUNT + (size_t)kind];
}

const struct rule_shape *shape_rule(const struct shape *shape, size_t rule, size_t *stage)
{
    for (size_t s = 0; s < shape->stage_count; s++) {
        for (int k = 0; k < CONDITION_COUNT; k++) {
            const struct condition_shape *c = condition_of(shape, s, (enum condition_kind)k);

            if (c == NULL || rule < c->first || rule - c->first >= c->rule_count)
                continue;
            *stage = s;
            return &c->rules[rule - c->first];
        }
    }
    return NULL;
}

struct uid ruling_uid(const struct run *run, size_t rule)
{
    return uid_derive(run->id,
                      20000000000 + rule + 1000000 * (uint64_t)run->judged->rulings[rule].tries);
}

bool stage_was_good(const struct pipe *p, const struct run *run, size_t stage)
{
    const struct stage_shape *shape = &run_shape(p, run)->stages[stage];

    if (run->stage < stage || (run->stage == stage && run->status != RUN_SUCCEEDED))
        return false;
    for (size_t i = 0; i < shape->action_count; i++) {
        if (run->attempts[shape->first + i].status != RUN_SUCCEEDED)
            return false;
    }
    return true;
}

/* ---- for the store ---- */

static void write_verdict(struct jw *w, size_t slot, const struct verdict *v)
{
    jw_open(w, '{');
    jw_put_int(w, "slot", (int64_t)slot);
    jw_put_int(w, "status", v->status);
    jw_put_int(w, "changed", v->changed_at);
    jw_put_int(w, "due", v->due_at);
    if (v->summary != NULL)
        jw_put_sv(w, "summary", sv_of(v->summary));
    jw_close(w, '}');
}

static void write_ruling(struct jw *w, size_t rule, const struct ruling *r)
{
    jw_open(w, '{');
    jw_put_int(w, "rule", (int64_t)rule);
    jw_put_int(w, "status", r->status);
    jw_put_int(w, "started", r->started_at);
    jw_put_int(w, "changed", r->changed_at);
    jw_put_int(w, "tries", r->tries);
    if (r->summary != NULL)
        jw_put_sv(w, "summary", sv_of(r->summary));
    if (r->code != NULL)
        jw_put_sv(w, "code", sv_of(r->code));
    jw_close(w, '}');
}

enum err_code judged_write(const struct pipe *p, const struct run *run, struct sb *out,
                           struct err *err)
{
    const struct shape *shape = run_shape(p, run);
    struct jw w;

    if (run->judged == NULL)
        return ERR_OK;
    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_name(&w, "verdicts");
    jw_open(&w, '[');
    for (size_t i = 0; i < shape->stage_count * CONDITION_COUNT; i++) {
        if (run->judged->verdicts[i].status != RUN_NONE)
            write_verdict(&w, i, &run->judged->verdicts[i]);
    }
    jw_close(&w, ']');
    jw_name(&w, "rulings");
    jw_open(&w, '[');
    for (size_t i = 0; i < shape->rule_count; i++) {
        if (run->judged->rulings[i].status != RUN_NONE)
            write_ruling(&w, i, &run->judged->rulings[i]);
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code load_text(struct world *w, const cJSON *json, const char *member,
                               const char **out, struct err *err)
{
    struct sv text = json_sv(json, member);

    return text.ptr == NULL ? ERR_OK : world_intern(w, text, out, err);
}

static enum err_code load_verdict(struct world *w, const struct shape *shape, struct run *run,
                                  const cJSON *json, struct err *err)
{
    int64_t slot = json_int(json, "slot", -1);
    int64_t status = json_int(json, "status", -1);
    struct verdict *v;

    if (slot < 0 || (uint64_t)slot >= shape->stage_count * CONDITION_COUNT || status < 0 ||
        status >= RUN_STATUS_COUNT)
        return err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
    v = &run->judged->verdicts[slot];
    v->status = (uint8_t)status;
    v->changed_at = json_int(json, "changed", 0);
    v->due_at = json_int(json, "due", 0);
    return load_text(w, json, "summary", &v->summary, err);
}

static enum err_code load_ruling(struct world *w, const struct shape *shape, struct run *run,
                                 const cJSON *json, struct err *err)
{
    int64_t rule = json_int(json, "rule", -1);
    int64_t status = json_int(json, "status", -1);
    struct ruling *r;
    enum err_code rc;

    if (rule < 0 || (uint64_t)rule >= shape->rule_count || status < 0 || status >= RUN_STATUS_COUNT)
        return err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
    r = &run->judged->rulings[rule];
    r->status = (uint8_t)status;
    r->started_at = json_int(json, "started", 0);
    r->changed_at = json_int(json, "changed", 0);
    r->tries = (uint8_t)json_int(json, "tries", 0);
    rc = load_text(w, json, "summary", &r->summary, err);
    return rc ? rc : load_text(w, json, "code", &r->code, err);
}

enum err_code judged_load(struct world *w, const struct pipe *p, struct run *run, struct sv text,
                          struct err *err)
{
    const struct shape *shape = run_shape(p, run);
    cJSON *json = NULL;
    enum err_code rc = ERR_OK;

    if (run->judged == NULL || text.len == 0)
        return ERR_OK;
    rc = json_parse(text, &json, err);
    for (const cJSON *v = json_list(json, "verdicts"); v != NULL && !rc; v = v->next)
        rc = load_verdict(w, shape, run, v, err);
    for (const cJSON *r = json_list(json, "rulings"); r != NULL && !rc; r = r->next)
        rc = load_ruling(w, shape, run, r, err);
    cJSON_Delete(json);
    return rc;
}
