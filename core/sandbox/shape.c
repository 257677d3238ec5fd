#include "core/sandbox/shape.h"

static bool read_provider(char letter, enum provider *out)
{
    static const char letters[] = "CG3BFLMX";
    const char *at = letter == '\0' ? NULL : strchr(letters, letter);

    _Static_assert(sizeof letters - 1 == PROVIDER_COUNT, "a letter per provider");
    if (at == NULL)
        return false;
    *out = (enum provider)(at - letters);
    return true;
}

static enum err_code read_action(struct world *w, struct sv text, struct action_shape *out,
                                 struct err *err)
{
    struct sv kind;
    struct sv name = sv_cut(text, '=', &kind);
    int64_t order = 1;

    if (name.len == 0 || kind.len == 0 || !read_provider(kind.ptr[0], &out->provider) ||
        (kind.len > 1 && !sv_to_int(sv_drop(kind, 1), &order)))
        return err_set(err, ERR_FAILED, "\"" SV_FMT "\" is not ACTION=PROVIDER", SV_ARG(text));
    out->run_order = (int)order;
    return world_intern(w, name, &out->name, err);
}

static size_t parts(struct sv text, char sep)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == sep;
    return count;
}

static enum err_code read_stage(struct world *w, struct sv text, size_t first,
                                struct stage_shape *out, struct err *err)
{
    struct sv rest;
    struct sv name = sv_cut(text, ':', &rest);
    size_t count = parts(rest, ',');
    struct action_shape *actions;
    enum err_code rc = world_intern(w, name, &out->name, err);

    if (rc)
        return rc;
    if (count > ACTIONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d actions in a stage", ACTIONS_MAX);
    actions = arena_alloc(&w->arena, count, sizeof *actions);
    if (actions == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; i < count && !rc; i++)
        rc = read_action(w, sv_cut(rest, ',', &rest), &actions[i], err);
    out->actions = actions;
    out->action_count = count;
    out->first = first;
    return rc;
}

enum err_code shape_parse(struct world *w, struct sv text, const struct shape **out,
                          struct err *err)
{
    size_t count = parts(text, ';');
    struct shape *shape = arena_alloc(&w->arena, 1, sizeof *shape);
    struct stage_shape *stages = arena_alloc(&w->arena, count, sizeof *stages);
    enum err_code rc = ERR_OK;

    if (shape == NULL || stages == NULL)
        return arena_err(&w->arena, err);
    if (count > STAGES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d stages", STAGES_MAX);
    for (size_t i = 0; i < count && !rc; i++) {
        rc = read_stage(w, sv_cut(text, ';', &text), shape->action_count, &stages[i], err);
        shape->action_count += stages[i].action_count;
    }
    shape->stages = stages;
    shape->stage_count = count;
    if (!rc)
        *out = shape;
    return rc;
}

enum { TEXT_CAP = 8192 };

enum err_code shape_trunk(struct world *w, struct sv environments, const struct shape **out,
                          struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, TEXT_CAP);
    rc = sb_add(&text, SV("Source:CodeCommit=C"), err);
    while (!rc && environments.len > 0) {
        struct sv name = sv_cut(environments, ' ', &environments);

        rc = sb_addf(&text, err, ";Deploy-Stage-" SV_FMT ":deploy-" SV_FMT "=B", SV_ARG(name),
                     SV_ARG(name));
        if (!rc && environments.len > 0)
            rc = sb_addf(&text, err, ";ManualApproval-" SV_FMT ":ManualApproval-" SV_FMT "=M",
                         SV_ARG(name), SV_ARG(name));
    }
    return rc ? rc : shape_parse(w, sb_sv(&text), out, err);
}

enum err_code shape_gitflow(struct world *w, struct sv environment, const struct shape **out,
                            struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, TEXT_CAP);
    rc = sb_addf(&text, err,
                 "Source-" SV_FMT ":CodeCommit=C;Deploy-Stage-" SV_FMT ":deploy-" SV_FMT "=B",
                 SV_ARG(environment), SV_ARG(environment), SV_ARG(environment));
    return rc ? rc : shape_parse(w, sb_sv(&text), out, err);
}
