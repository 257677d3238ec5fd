/* Control: how a test moves the clock, sees what there is and lets things go wrong from now on.
 * Only with --step or --control. */
#include "core/sandbox/sandbox.h"

static enum err_code put_time(const struct sandbox *s, struct reply *reply, struct err *err)
{
    struct jw w;

    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_put_epoch(&w, "now", sandbox_now(s));
    jw_put_bool(&w, "stepped", s->options->is_stepped);
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code step(struct sandbox *s, const cJSON *json, struct err *err)
{
    const cJSON *seconds = json_get(json, "seconds");

    if (json_bool(json, "until_idle", false))
        return sandbox_step_until_idle(s, err);
    if (!cJSON_IsNumber(seconds) || seconds->valuedouble < 0 || seconds->valuedouble > 1e9)
        return err_set(err, ERR_FAILED, "step takes {\"seconds\": N} or {\"until_idle\": true}");
    return sandbox_step(s, (int64_t)(seconds->valuedouble * 1000), err);
}

/* ["KIND:OPERATION:RATE:COUNT", ...] in the place of all that there were. */
static enum err_code set_faults(struct sandbox *s, const cJSON *json, struct err *err)
{
    struct faults faults = {.dice = s->faults.dice};
    enum err_code rc = ERR_OK;

    if (!cJSON_IsArray(json))
        return err_set(err, ERR_FAILED, "faults takes a list: [\"KIND:OPERATION:RATE:COUNT\"]");
    for (const cJSON *item = json->child; item != NULL && !rc; item = item->next) {
        const char *spec; /* the world's: a fault borrows it */

        rc = world_intern(&s->world, json_item_sv(item), &spec, err);
        if (!rc)
            rc = faults_add(&faults, sv_of(spec), err);
    }
    if (!rc)
        s->faults = faults;
    return rc;
}

/* What comes and goes while nothing is made or removed. */
static bool is_passing(struct sv kind)
{
    static const char *const passing[] = {"cfn.drift",
                                          "cfn.event",
                                          "cfn.gone",
                                          "cfn.work",
                                          "codebuild.build",
                                          "codebuild.count",
                                          "codebuild.step",
                                          "codebuild.work",
                                          "codepipeline.action",
                                          "codepipeline.gone",
                                          "codepipeline.version",
                                          "connections.handshake",
                                          "events.reference",
                                          "ssm.history"};

    for (size_t i = 0; i < ARRAY_LEN(passing); i++) {
        if (sv_eq(kind, sv_of(passing[i])))
            return true;
    }
    return false;
}

static enum err_code put_inventory(struct sandbox *s, struct reply *reply, struct err *err)
{
    cJSON *all;
    struct jw w;
    enum err_code rc = records_list(s->records, &all, err);

    if (rc)
        return rc;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '[');
    for (const cJSON *row = all->child; row != NULL; row = row->next) {
        if (is_passing(json_sv(row, "kind")))
            continue;
        jw_open(&w, '{');
        for (const cJSON *part = row->child; part != NULL; part = part->next)
            jw_put_sv(&w, part->string, json_item_sv(part));
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    cJSON_Delete(all);
    return jw_done(&w);
}

enum err_code control_answer(struct sandbox *s, const struct request *request, struct reply *reply,
                             struct err *err)
{
    bool is_step = sv_eq(request->path, SV("/_sandbox/step"));
    bool is_faults = sv_eq(request->path, SV("/_sandbox/faults"));
    struct err why = {0};
    cJSON *json = NULL;

    reply->content_type = "application/json";
    if (sv_eq(request->path, SV("/_sandbox/time")))
        return put_time(s, reply, err);
    if (sv_eq(request->path, SV("/_sandbox/inventory")))
        return put_inventory(s, reply, err);
    if (!(is_step || is_faults) || !sv_eq(request->method, SV("POST"))) {
        reply_fail(reply, DIALECT_JSON, 404, "NotFound",
                   "There are POST /_sandbox/step and /_sandbox/faults, GET /_sandbox/time and "
                   "/_sandbox/inventory");
        return ERR_OK;
    }
    if (is_step && !s->options->is_stepped) {
        reply_fail(reply, DIALECT_JSON, 409, "NotStepped", "The clock moves by itself: no --step");
        return ERR_OK;
    }
    if (json_parse(request->body, &json, &why) ||
        (is_step ? step(s, json, &why) : set_faults(s, json, &why))) {
        reply_fail(reply, DIALECT_JSON, 400, is_step ? "BadStep" : "BadFault", "%s", why.text);
        cJSON_Delete(json);
        return ERR_OK;
    }
    cJSON_Delete(json);
    return put_time(s, reply, err);
}
