#include "core/sandbox/seed_names.h"

#include <ctype.h>

#include "core/sandbox/members.h"

enum { PROJECT_MAX = 150, STACK_MAX = 128 };

const struct shape *seed_shape(const struct pipe *p)
{
    if (!p->shape->is_made)
        return p->shape->stage_count == 0 ? NULL : p->shape;
    for (size_t i = 0; p->made != NULL && i < p->made->count; i++) {
        if (!p->made->shapes[i]->is_made)
            return p->made->shapes[i];
    }
    return NULL;
}

static void clean(char *text, size_t most, const char *signs)
{
    if (strlen(text) > most)
        text[most] = '\0';
    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && strchr(signs, *text) == NULL)
            *text = '-';
    }
}

void seed_project_name(const struct pipe *p, const struct action_shape *action,
                       char out[SEED_NAME_SIZE])
{
    (void)snprintf(out, SEED_NAME_SIZE, "%.100s-%.50s", p->name, action->name);
    clean(out, PROJECT_MAX, "-_");
}

bool seed_deploys(const struct action_shape *action)
{
    return action->provider == PROVIDER_CLOUDFORMATION || seed_environment(action)[0] != '\0';
}

const char *seed_environment(const struct action_shape *action)
{
    static const char begin[] = "deploy-";

    return action->provider == PROVIDER_CODEBUILD &&
                   strncmp(action->name, begin, sizeof begin - 1) == 0
               ? action->name + sizeof begin - 1
               : "";
}

void seed_stack_name(const struct pipe *p, const struct stage_shape *stage,
                     const struct action_shape *action, char out[SEED_NAME_SIZE])
{
    if (seed_environment(action)[0] != '\0')
        (void)snprintf(out, SEED_NAME_SIZE, "%.100s-%.27s", p->repository,
                       seed_environment(action));
    else
        (void)snprintf(out, SEED_NAME_SIZE, "%.80s-%.40s-%.30s", p->repository,
                       stage == NULL ? "" : stage->name, action->name);
    clean(out, STACK_MAX, "-");
}

struct uid seed_stack_uid(const struct pipe *p, const char *stack_name)
{
    struct uid of = {hash_text(sv_of(p->place->account)), hash_text(sv_of(p->place->region))};

    return uid_derive(of, hash_text(sv_of(stack_name)));
}

void seed_stack_arn(const struct pipe *p, const struct stage_shape *stage,
                    const struct action_shape *action, char *out, size_t size)
{
    char name[SEED_NAME_SIZE];
    char uuid[UID_SIZE];

    seed_stack_name(p, stage, action, name);
    (void)snprintf(out, size, "arn:%s:cloudformation:%s:%s:stack/%s/%s",
                   arn_partition(sv_of(p->place->region)), p->place->region, p->place->account,
                   name, uid_text(seed_stack_uid(p, name), uuid));
}

struct uid seed_try_uid(const struct run *run, size_t action, const struct attempt *attempt)
{
    return uid_derive(run->id, 100 + action + 1000000 * (uint64_t)attempt->tries);
}

void seed_project_of(const struct seed_thing *thing, char out[SEED_NAME_SIZE])
{
    seed_project_name(thing->pipe, thing->action, out);
}

void seed_stack_of(const struct seed_thing *thing, char out[SEED_NAME_SIZE])
{
    seed_stack_name(thing->pipe, thing->stage, thing->action, out);
}

static const struct stage_shape *stage_in(const struct shape *shape,
                                          const struct action_shape *action)
{
    for (size_t i = 0; i < shape->stage_count; i++) {
        const struct stage_shape *stage = &shape->stages[i];

        for (size_t a = 0; a < stage->action_count; a++) {
            if (&stage->actions[a] == action)
                return stage;
        }
    }
    return NULL;
}

const struct stage_shape *seed_stage_of(const struct pipe *p, const struct action_shape *action)
{
    const struct shape *shape = seed_shape(p);
    const struct stage_shape *stage = stage_in(p->shape, action);

    return stage != NULL || shape == NULL ? stage : stage_in(shape, action);
}

/* ---- each of a pipeline ---- */

static bool each_of(const struct pipe *p, enum provider provider, seed_each_fn *fn, void *owner)
{
    const struct shape *shape = seed_shape(p);

    for (size_t s = 0; shape != NULL && s < shape->stage_count; s++) {
        const struct stage_shape *stage = &shape->stages[s];

        for (size_t a = 0; a < stage->action_count; a++) {
            struct seed_thing thing = {p, stage, &stage->actions[a], stage->first + a};

            bool fits = provider == PROVIDER_CLOUDFORMATION
                            ? seed_deploys(&stage->actions[a])
                            : stage->actions[a].provider == provider;

            if (fits && !fn(owner, &thing))
                return false;
        }
    }
    return true;
}

void seed_each(struct world *w, struct sv account, struct sv region, enum provider provider,
               seed_each_fn *fn, void *owner)
{
    const struct place *place = world_find_place(w, account, region);

    for (size_t i = 0; place != NULL && i < place->count; i++) {
        if (!each_of(place->pipes[i], provider, fn, owner))
            return;
    }
}

struct search {
    seed_name_fn *name_of;
    struct sv name;
    struct seed_thing *out;
    bool is_found;
};

static bool is_it(void *owner, const struct seed_thing *thing)
{
    struct search *s = owner;
    char name[SEED_NAME_SIZE];

    s->name_of(thing, name);
    if (!sv_eq(sv_of(name), s->name))
        return true;
    *s->out = *thing;
    s->is_found = true;
    return false;
}

/* A name of which nothing was replaced is found by itself and its beginnings; of the others there
 * are few, but only a look at all of them tells. */
static bool is_plain(const struct pipe *p)
{
    for (const char *c = p->name; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-')
            return false;
    }
    return true;
}

bool seed_find(struct world *w, struct sv account, struct sv region, enum provider provider,
               seed_name_fn *name_of, struct sv name, struct seed_thing *out)
{
    struct search s = {.name_of = name_of, .name = name, .out = out};
    const struct place *place = world_find_place(w, account, region);

    for (size_t len = name.len + 1; place != NULL && len > 0 && !s.is_found; len--) {
        const struct pipe *p = len > name.len || name.ptr[len - 1] == '-'
                                   ? world_find_pipe(w, place, sv_take(name, len - 1))
                                   : NULL;

        if (p != NULL)
            (void)each_of(p, provider, is_it, &s);
    }
    for (size_t i = 0; place != NULL && i < place->count && !s.is_found; i++) {
        if (!is_plain(place->pipes[i]))
            (void)each_of(place->pipes[i], provider, is_it, &s);
    }
    return s.is_found;
}

/* ---- a page of names ---- */

void pick_offer(struct pick *pick, struct sv name)
{
    size_t at = pick->count;

    if (!sv_starts(name, pick->prefix) || sv_find(name, pick->pattern) < 0 ||
        (pick->after.len > 0 && sv_cmp(name, pick->after) <= 0))
        return;
    while (at > 0 && sv_cmp(name, sv_of(pick->names[at - 1])) < 0)
        at--;
    if (at > 0 && sv_eq(name, sv_of(pick->names[at - 1])))
        return;
    if (pick->count == pick->limit)
        pick->has_more = true;
    if (at == pick->limit)
        return;
    if (pick->count < pick->limit)
        pick->count++;
    memmove(pick->names[at + 1], pick->names[at], (pick->count - 1 - at) * sizeof pick->names[0]);
    (void)snprintf(pick->names[at], sizeof pick->names[0], SV_FMT,
                   SV_ARG(sv_take(name, sizeof pick->names[0] - 1)));
}
