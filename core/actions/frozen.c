#include "core/actions/frozen.h"

#include "core/base/time.h"

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

enum err_code frozen_protected(const struct aws_env *env, const struct frozen_names *names,
                               struct sv *out, struct err *err)
{
    struct guard_ask ask = {.env = env, .now_ms = time_wall_ms()};
    struct guard_answer answer;
    enum err_code rc = ERR_OK;

    *out = SV("");
    for (size_t i = 0; i < names->count && !rc && out->len == 0; i++) {
        ask.environment = names->items[i];
        rc = guard_judge(&ask, &answer, err);
        if (!rc && answer.is_protected && !answer.is_unlocked)
            *out = names->items[i];
    }
    return rc;
}
