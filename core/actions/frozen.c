#include "core/actions/frozen.h"

#include "core/base/time.h"

enum { PIPELINE_SIZE = 512 };

void frozen_add(struct frozen_names *names, struct sv name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (sv_eq(names->items[i], name))
            return;
    }
    if (name.len > 0 && names->count < FROZEN_NAMES_MAX)
        names->items[names->count++] = name;
}

/* A freeze may name the stage or the environment that it deploys to. */
void frozen_add_definition(struct frozen_names *names, const struct definition *definition)
{
    for (size_t i = 0; i < definition->stage_count; i++) {
        frozen_add(names, definition->stages[i].stage);
        frozen_add(names, definition->stages[i].environment);
    }
}

enum err_code frozen_judge(const struct aws_env *env, const struct frozen_names *names,
                           char text[GUARD_TEXT_MAX], struct err *err)
{
    struct guard_ask ask = {.env = env, .environment = SV(""), .now_ms = time_wall_ms()};
    struct guard_answer answer;
    enum err_code rc = guard_judge(&ask, &answer, err);

    for (size_t i = 0; i < names->count && !rc && answer.frozen[0] == '\0'; i++) {
        ask.environment = names->items[i];
        rc = guard_judge(&ask, &answer, err);
    }
    if (!rc)
        (void)snprintf(text, GUARD_TEXT_MAX, "%s", answer.frozen);
    return rc;
}

static enum err_code is_closed(const struct frozen_names *names, struct guard_ask *ask, bool *out,
                               struct err *err)
{
    struct guard_answer answer;
    enum err_code rc = guard_judge(ask, &answer, err);

    *out = !rc && answer.is_protected && (names->is_locked || !answer.is_unlocked);
    return rc;
}

/* GitFlow's pipelines bear the stage's name. */
static enum err_code is_pipeline_closed(const struct frozen_names *names, struct guard_ask *ask,
                                        bool *out, struct err *err)
{
    char name[PIPELINE_SIZE];
    enum err_code rc;

    *out = false;
    ask->environment = SV("");
    ask->pipeline = names->pipeline;
    if (names->pipeline.len == 0)
        return ERR_OK;
    rc = is_closed(names, ask, out, err);
    for (size_t i = 0; i < names->count && !rc && !*out; i++) {
        (void)snprintf(name, sizeof name, SV_FMT "-" SV_FMT, SV_ARG(names->pipeline),
                       SV_ARG(names->items[i]));
        ask->pipeline = sv_of(name);
        rc = is_closed(names, ask, out, err);
    }
    return rc;
}

enum err_code frozen_protected(const struct aws_env *env, const struct frozen_names *names,
                               struct sv *out, struct err *err)
{
    struct guard_ask ask = {.env = env, .now_ms = time_wall_ms()};
    bool is = false;
    enum err_code rc = ERR_OK;

    *out = SV("");
    for (size_t i = 0; i < names->count && !rc && !is; i++) {
        ask.environment = names->items[i];
        rc = is_closed(names, &ask, &is, err);
        if (is)
            *out = names->items[i];
    }
    if (rc || is)
        return rc;
    rc = is_pipeline_closed(names, &ask, &is, err);
    if (is)
        *out = names->pipeline;
    return rc;
}
