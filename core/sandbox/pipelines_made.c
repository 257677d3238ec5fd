#include "core/sandbox/pipelines_made.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/sandbox/conditions.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/members.h"
#include "core/sandbox/render.h"
#include "core/sandbox/service.h"

static const char kind_now[] = "codepipeline.pipeline";
static const char kind_old[] = "codepipeline.version"; /* NAME/NUMBER */
static const char kind_tags[] = "codepipeline.tags";
static const char kind_gone[] = "codepipeline.gone"; /* the number of one that a seed made */

/* So far above all numbers of pipelines that no two salts are the same. */
static const uint64_t SALT_BASE = 1ULL << 32;

/* ---- the declaration as a shape ---- */

static enum provider provider_of(const cJSON *action)
{
    const cJSON *type = json_get(action, "actionTypeId");
    struct sv category = json_sv(type, "category");

    for (int i = 0; i < PROVIDER_OTHER && sv_eq(json_sv(type, "owner"), SV("AWS")); i++) {
        struct sv wanted = provider_category((enum provider)i);
        bool is_test = i == PROVIDER_CODEBUILD && sv_eq(category, SV("Test"));

        if (sv_eq(json_sv(type, "provider"), provider_name((enum provider)i)) &&
            (is_test || sv_eq(category, wanted)))
            return (enum provider)i;
    }
    return PROVIDER_OTHER;
}

static enum err_code read_stage(struct world *w, const cJSON *json, size_t first,
                                struct stage_shape *out, struct err *err)
{
    size_t count = (size_t)cJSON_GetArraySize(json_get(json, "actions"));
    struct action_shape *actions = arena_alloc(&w->arena, count, sizeof *actions);
    enum err_code rc = world_intern(w, json_sv(json, "name"), &out->name, err);
    const cJSON *a = json_list(json, "actions");

    if (actions == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; a != NULL && !rc; a = a->next, i++) {
        actions[i].provider = provider_of(a);
        actions[i].run_order = (int)json_int(a, "runOrder", 1);
        actions[i].timeout_minutes = (int)json_int(a, "timeoutInMinutes", 0);
        actions[i].json = a;
        rc = world_intern(w, json_sv(a, "name"), &actions[i].name, err);
    }
    out->actions = actions;
    out->action_count = count;
    out->first = first;
    return rc;
}

static enum err_code read_shape(struct world *w, const cJSON *definition, const struct shape **out,
                                struct err *err)
{
    size_t count = (size_t)cJSON_GetArraySize(json_get(definition, "stages"));
    struct shape *shape = arena_alloc(&w->arena, 1, sizeof *shape);
    struct stage_shape *stages = arena_alloc(&w->arena, count, sizeof *stages);
    const cJSON *s = json_list(definition, "stages");
    enum err_code rc = ERR_OK;

    if (shape == NULL || stages == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; s != NULL && !rc; s = s->next, i++) {
        rc = read_stage(w, s, shape->action_count, &stages[i], err);
        if (!rc)
            rc = conditions_read(w, s, &shape->rule_count, &stages[i].conditions, err);
        shape->action_count += stages[i].action_count;
        shape->has_conditions = shape->has_conditions || stages[i].conditions != NULL;
    }
    shape->stages = stages;
    shape->stage_count = count;
    shape->is_made = true;
    *out = shape;
    return rc;
}

static enum run_mode read_mode(const cJSON *definition)
{
    struct sv mode = json_sv(definition, "executionMode");

    if (sv_eq(mode, SV("QUEUED")))
        return RUN_MODE_QUEUED;
    return sv_eq(mode, SV("PARALLEL")) ? RUN_MODE_PARALLEL : RUN_MODE_SUPERSEDED;
}

/* The pipeline is as this version says; its number is p->version. */
static enum err_code define(struct world *w, struct pipe *p, const struct shape *shape,
                            cJSON *definition, struct err *err)
{
    bool is_first = p->made == NULL;
    uint64_t salt = is_first ? p->index : p->made->salt;
    enum run_mode mode = read_mode(definition);
    const char *type = sv_eq(json_sv(definition, "pipelineType"), SV("V2")) ? "V2" : "V1";
    enum err_code rc = pipe_define(w, p, definition, shape, err);

    if (rc)
        return rc;
    p->made->salt = salt;
    p->mode = mode;
    p->type = type;
    p->habit = (struct habit){0};
    p->next_start_at = 0;
    return ERR_OK;
}

const cJSON *made_definition(const struct pipe *p, int version)
{
    size_t at = version < 1 ? 0 : (size_t)version - 1;

    return p->made == NULL || at >= p->made->count ? NULL : p->made->definitions[at];
}

/* ---- records ---- */

static struct record_key key_of(const char *kind, const struct pipe *p, struct sv name)
{
    return (struct record_key){.kind = kind,
                               .account = sv_of(p->place->account),
                               .region = sv_of(p->place->region),
                               .name = name};
}

enum { VERSION_NAME = 128 };

static struct sv version_name(const struct pipe *p, int version, char out[VERSION_NAME])
{
    (void)snprintf(out, VERSION_NAME, "%.100s/%d", p->name, version);
    return sv_of(out);
}

static size_t first_made(const struct pipe *p)
{
    size_t i = 0;

    while (i < p->made->count && p->made->definitions[i] == NULL)
        i++;
    return i + 1;
}

static enum err_code keep(struct service *s, const struct pipe *p, struct err *err)
{
    struct record_key key = key_of(kind_now, p, sv_of(p->name));
    cJSON *record = cJSON_CreateObject();
    cJSON *copy = cJSON_Duplicate(made_definition(p, p->version), true);
    enum err_code rc = ERR_OK;

    if (!member_set(record, "pipeline", copy) || !member_put_int(record, "index", p->index) ||
        !member_put_int(record, "salt", (int64_t)p->made->salt) ||
        !member_put_int(record, "first", (int64_t)first_made(p)) ||
        !member_put_int(record, "version", p->version) ||
        !member_put_int(record, "created", p->created_at) ||
        !member_put_int(record, "updated", p->updated_at))
        rc = mem_err(err);
    if (!rc)
        rc = record_put(s->records, &key, record, err);
    cJSON_Delete(record);
    return rc;
}

enum err_code made_create(struct service *s, struct place *place, cJSON *definition,
                          struct pipe **out, struct err *err)
{
    struct world *w = s->world;
    const struct shape *shape = NULL;
    const char *name = NULL;
    struct pipe *p = NULL;
    uint64_t number = 0;
    enum err_code rc = world_intern(w, json_sv(definition, "name"), &name, err);

    w->records = s->records;
    if (!rc)
        rc = records_next(s->records, &number, err);
    if (!rc)
        rc = read_shape(w, definition, &shape, err);
    if (!rc)
        rc = world_add_pipe(w, place, name, shape, &p, err);
    if (rc) {
        cJSON_Delete(definition);
        return rc;
    }
    p->repository = p->branch = "";
    rc = define(w, p, shape, definition, err);
    if (rc) {
        world_remove_pipe(w, p);
        return rc;
    }
    p->made->salt = SALT_BASE + number;
    pipe_touch(w, p, NULL);
    *out = p;
    return keep(s, p, err);
}

/* The version that has been the present one becomes an old one. */
static enum err_code put_aside(struct service *s, const struct pipe *p, struct err *err)
{
    const cJSON *definition = made_definition(p, p->version);
    char name[VERSION_NAME];
    struct record_key key = key_of(kind_old, p, version_name(p, p->version, name));

    return definition == NULL ? ERR_OK : record_put(s->records, &key, definition, err);
}

enum err_code made_update(struct service *s, struct pipe *p, cJSON *definition, struct err *err)
{
    const struct shape *shape = NULL;
    enum err_code rc = read_shape(s->world, definition, &shape, err);

    s->world->records = s->records;
    if (!rc)
        rc = put_aside(s, p, err);
    if (!rc)
        rc = engine_update(s->world, p, err);
    if (rc) {
        cJSON_Delete(definition);
        return rc;
    }
    rc = define(s->world, p, shape, definition, err);
    pipe_touch(s->world, p, NULL);
    return rc ? rc : keep(s, p, err);
}

static enum err_code forget(struct service *s, const struct pipe *p, struct err *err)
{
    struct record_key tags = key_of(kind_tags, p, sv_of(p->name));
    struct record_key now = key_of(kind_now, p, sv_of(p->name));
    enum err_code rc = record_delete(s->records, &tags, err);

    if (!rc)
        rc = record_delete(s->records, &now, err);
    for (int v = 1; p->made != NULL && v < p->version && !rc; v++) {
        char name[VERSION_NAME];
        struct record_key key = key_of(kind_old, p, version_name(p, v, name));

        rc = record_delete(s->records, &key, err);
    }
    return rc;
}

/* Only one that a seed made must be remembered as gone. That is told by its number. */
static enum err_code note_gone(struct service *s, const struct pipe *p, struct err *err)
{
    bool is_seeded = p->made == NULL || p->made->salt == p->index;
    char name[16];
    struct record_key key = {.kind = kind_gone};
    cJSON *record;
    enum err_code rc;

    if (!is_seeded)
        return ERR_OK;
    (void)snprintf(name, sizeof name, "%u", p->index);
    key.name = sv_of(name);
    record = cJSON_CreateObject();
    rc = record == NULL ? mem_err(err) : record_put(s->records, &key, record, err);
    cJSON_Delete(record);
    return rc;
}

enum err_code made_remove(struct service *s, struct pipe *p, struct err *err)
{
    enum err_code rc = forget(s, p, err);

    if (!rc)
        rc = note_gone(s, p, err);
    if (!rc)
        world_remove_pipe(s->world, p);
    return rc;
}

static enum err_code set_tags(struct world *w, struct pipe *p, const cJSON *tags, struct err *err)
{
    size_t count = (size_t)cJSON_GetArraySize(tags);
    struct pair *pairs = arena_alloc(&w->arena, count == 0 ? 1 : count, sizeof *pairs);
    const cJSON *tag = tags == NULL ? NULL : tags->child;
    enum err_code rc = ERR_OK;

    if (pairs == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; tag != NULL && !rc; tag = tag->next, i++) {
        rc = world_intern(w, json_sv(tag, "Key"), &pairs[i].key, err);
        if (!rc)
            rc = world_intern(w, json_sv(tag, "Value"), &pairs[i].value, err);
    }
    if (!rc) {
        p->tags = pairs;
        p->tag_count = count;
    }
    return rc;
}

enum err_code made_tag(struct service *s, struct pipe *p, const cJSON *tags, struct err *err)
{
    struct record_key key = key_of(kind_tags, p, sv_of(p->name));
    cJSON *record = cJSON_CreateObject();
    enum err_code rc = set_tags(s->world, p, tags, err);

    if (!rc && !member_set(record, "Tags", cJSON_Duplicate(tags, true)))
        rc = mem_err(err);
    if (!rc)
        rc = record_put(s->records, &key, record, err);
    cJSON_Delete(record);
    return rc;
}

/* ---- after a restart ---- */

struct restoring {
    struct records *records;
    struct world *w;
    cJSON *rows; /* of made pipelines, with account, region and name */
};

static enum err_code restore_gone(void *owner, const struct record_key *key,
                                  const cJSON *value UNUSED, bool *goes_on UNUSED, struct err *err)
{
    struct world *w = ((struct restoring *)owner)->w;
    int64_t index;

    if (!sv_to_int(key->name, &index) || index < 0 || (size_t)index >= w->pipe_count)
        return err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
    if (!w->pipes[index]->is_gone)
        world_remove_pipe(w, w->pipes[index]);
    return ERR_OK;
}

static enum err_code collect(void *owner, const struct record_key *key, const cJSON *value,
                             bool *goes_on UNUSED, struct err *err)
{
    struct restoring *r = owner;
    cJSON *row = cJSON_Duplicate(value, true);

    if (member_put(row, "account", key->account) && member_put(row, "region", key->region) &&
        member_put(row, "name", key->name) && cJSON_AddItemToArray(r->rows, row))
        return ERR_OK;
    cJSON_Delete(row);
    return mem_err(err);
}

static int by_index(const void *a, const void *b)
{
    int64_t first = json_int(*(const cJSON *const *)a, "index", 0);
    int64_t second = json_int(*(const cJSON *const *)b, "index", 0);

    return first < second ? -1 : first > second;
}

/* The definition of one version, the last of which is in the row itself; the caller's. */
static enum err_code read_version(struct restoring *r, const struct pipe *p, cJSON *row,
                                  int version, cJSON **out, struct err *err)
{
    char name[VERSION_NAME];
    struct record_key key = key_of(kind_old, p, version_name(p, version, name));
    enum err_code rc = ERR_OK;

    if (version == (int)json_int(row, "version", 1))
        *out = cJSON_DetachItemFromObjectCaseSensitive(row, "pipeline");
    else
        rc = record_get(r->records, &key, out, err);
    if (!rc && *out == NULL)
        rc = err_set(err, ERR_FAILED, "the sandbox's state misses a version of %s", p->name);
    return rc;
}

static enum err_code restore_versions(struct restoring *r, struct pipe *p, cJSON *row,
                                      struct err *err)
{
    int last = (int)json_int(row, "version", 1);
    enum err_code rc = ERR_OK;

    for (int v = (int)json_int(row, "first", 1); v <= last && !rc; v++) {
        const struct shape *shape = NULL;
        cJSON *definition = NULL;

        rc = read_version(r, p, row, v, &definition, err);
        if (!rc)
            rc = read_shape(r->w, definition, &shape, err);
        p->version = v;
        if (rc)
            cJSON_Delete(definition);
        else
            rc = define(r->w, p, shape, definition, err);
    }
    if (!rc)
        p->made->salt = (uint64_t)json_int(row, "salt", 0);
    p->created_at = json_int(row, "created", 0);
    p->updated_at = json_int(row, "updated", 0);
    return rc;
}

static enum err_code restore_one(struct restoring *r, cJSON *row, struct err *err)
{
    static const struct shape nothing;
    struct world *w = r->w;
    size_t index = (size_t)json_int(row, "index", 0);
    struct place *place = NULL;
    const char *name = NULL;
    struct pipe *p = NULL;
    enum err_code rc = ERR_OK;

    while (w->pipe_count < index && !rc)
        rc = world_add_gap(w, err);
    if (!rc && index < w->pipe_count) {
        p = w->pipes[index];
    } else {
        if (!rc)
            rc = world_place(w, json_sv(row, "account"), json_sv(row, "region"), &place, err);
        if (!rc)
            rc = world_intern(w, json_sv(row, "name"), &name, err);
        if (!rc)
            rc = world_add_pipe(w, place, name, &nothing, &p, err);
        if (!rc)
            p->repository = p->branch = "";
    }
    if (!rc && (p->is_gone || !sv_eq(sv_of(p->name), json_sv(row, "name"))))
        rc = err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
    return rc ? rc : restore_versions(r, p, row, err);
}

static enum err_code restore_made(struct restoring *r, struct err *err)
{
    size_t count = (size_t)cJSON_GetArraySize(r->rows);
    cJSON **rows = mem_array(count == 0 ? 1 : count, sizeof *rows);
    size_t i = 0;
    enum err_code rc = ERR_OK;

    if (rows == NULL)
        return mem_err(err);
    for (cJSON *row = r->rows->child; row != NULL; row = row->next)
        rows[i++] = row;
    qsort(rows, count, sizeof *rows, by_index);
    if (count > 0)
        r->w->records = r->records;
    for (i = 0; i < count && !rc; i++)
        rc = restore_one(r, rows[i], err);
    mem_free(rows);
    return rc;
}

static enum err_code restore_tags(void *owner, const struct record_key *key, const cJSON *value,
                                  bool *goes_on UNUSED, struct err *err)
{
    struct world *w = ((struct restoring *)owner)->w;
    struct pipe *p = world_find_pipe(w, world_find_place(w, key->account, key->region), key->name);

    return p == NULL ? ERR_OK : set_tags(w, p, json_get(value, "Tags"), err);
}

enum err_code made_restore(struct records *records, struct world *w, struct err *err)
{
    struct restoring r = {.records = records, .w = w, .rows = cJSON_CreateArray()};
    enum err_code rc = r.rows == NULL ? mem_err(err) : ERR_OK;

    if (!rc)
        rc = record_each_anywhere(records, kind_gone, restore_gone, &r, err);
    if (!rc)
        rc = record_each_anywhere(records, kind_now, collect, &r, err);
    if (!rc)
        rc = restore_made(&r, err);
    if (!rc)
        rc = record_each_anywhere(records, kind_tags, restore_tags, &r, err);
    cJSON_Delete(r.rows);
    return rc;
}
