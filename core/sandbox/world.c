#include "core/sandbox/world.h"

#include "core/base/mem.h"

static const size_t ARENA_CAP = (size_t)2 << 30;

struct sv run_status_aws(enum run_status s)
{
#define STATUS_TEXT(name, aws) aws,
    static const char *const texts[] = {RUN_STATUS_LIST(STATUS_TEXT)};
#undef STATUS_TEXT
    _Static_assert(ARRAY_LEN(texts) == RUN_STATUS_COUNT, "a text per status");

    return sv_of(texts[s]);
}

struct sv run_mode_aws(enum run_mode mode)
{
    static const char *const texts[] = {"SUPERSEDED", "QUEUED", "PARALLEL"};

    return sv_of(texts[mode]);
}

void world_init(struct world *w, int64_t now_ms)
{
    *w = (struct world){.now_ms = now_ms, .speed = 1.0, .seed = {0x70656e73746f636b, 1}};
    arena_init(&w->arena, ARENA_CAP);
    timeline_init(&w->timeline);
}

static void free_made(struct made *made)
{
    if (made == NULL)
        return;
    for (size_t i = 0; i < made->count; i++)
        cJSON_Delete(made->definitions[i]);
    mem_free(made->definitions);
    mem_free(made->shapes);
    mem_free(made);
}

static void free_run(struct run *run)
{
    mem_free(run->judged);
    mem_free(run->pasts);
    mem_free(run);
}

static void empty_pipe(struct pipe *p)
{
    for (size_t r = 0; r < p->run_count; r++)
        free_run(p->runs[r]);
    mem_free(p->runs);
    free_made(p->made);
    p->runs = NULL;
    p->run_count = p->run_size = 0;
    p->made = NULL;
}

void world_release(struct world *w)
{
    for (size_t i = 0; i < w->pipe_count; i++)
        empty_pipe(w->pipes[i]);
    for (size_t i = 0; i < w->place_count; i++)
        mem_free(w->places[i].pipes);
    mem_free(w->pipes);
    mem_free(w->slots);
    mem_free(w->texts);
    mem_free(w->unsaved);
    timeline_release(&w->timeline);
    arena_release(&w->arena);
    world_init(w, 0);
}

static size_t text_slot(const char *const *texts, size_t size, struct sv text)
{
    size_t at = (size_t)hash_text(text) & (size - 1);

    while (texts[at] != NULL && !sv_eq(sv_of(texts[at]), text))
        at = (at + 1) & (size - 1);
    return at;
}

static enum err_code grow_texts(struct world *w, struct err *err)
{
    size_t size = w->text_size == 0 ? 1024 : w->text_size * 2;
    const char **grown;

    if (w->text_count * 2 < w->text_size)
        return ERR_OK;
    grown = mem_array(size, sizeof *grown);
    if (grown == NULL)
        return mem_err(err);
    for (size_t i = 0; i < w->text_size; i++) {
        if (w->texts[i] != NULL)
            grown[text_slot(grown, size, sv_of(w->texts[i]))] = w->texts[i];
    }
    mem_free(w->texts);
    w->texts = grown;
    w->text_size = size;
    return ERR_OK;
}

enum err_code world_intern(struct world *w, struct sv text, const char **out, struct err *err)
{
    enum err_code rc = grow_texts(w, err);
    struct sv kept;
    size_t at;

    if (rc)
        return rc;
    at = text_slot(w->texts, w->text_size, text);
    if (w->texts[at] == NULL) {
        kept = arena_sv(&w->arena, text);
        if (kept.ptr == NULL)
            return arena_err(&w->arena, err);
        w->texts[at] = kept.ptr;
        w->text_count++;
    }
    *out = w->texts[at];
    return ERR_OK;
}

struct place *world_find_place(struct world *w, struct sv account, struct sv region)
{
    for (size_t i = 0; i < w->place_count; i++) {
        struct place *place = &w->places[i];

        if (sv_eq(sv_of(place->account), account) && sv_eq(sv_of(place->region), region))
            return place;
    }
    return NULL;
}

enum err_code world_place(struct world *w, struct sv account, struct sv region, struct place **out,
                          struct err *err)
{
    struct place *place = world_find_place(w, account, region);
    struct place made = {0};
    enum err_code rc;

    if (place == NULL) {
        if (w->place_count == PLACES_MAX)
            return err_set(err, ERR_LIMIT, "more than %d regions are in use", PLACES_MAX);
        rc = world_intern(w, account, &made.account, err);
        if (!rc)
            rc = world_intern(w, region, &made.region, err);
        if (rc)
            return rc;
        place = &w->places[w->place_count++];
        *place = made;
    }
    *out = place;
    return ERR_OK;
}

static const struct shape no_shape;

static size_t pipe_slot(const struct world *w, const struct place *place, struct sv name)
{
    size_t place_number = (size_t)(place - w->places);
    size_t at = (size_t)hash_mix(hash_text(name) + place_number) & (w->slot_count - 1);

    while (w->slots[at] != 0) {
        const struct pipe *p = w->pipes[w->slots[at] - 1];

        if (p->place == place && sv_eq(sv_of(p->name), name))
            break;
        at = (at + 1) & (w->slot_count - 1);
    }
    return at;
}

static enum err_code grow_slots(struct world *w, struct err *err)
{
    size_t count = w->slot_count == 0 ? 256 : w->slot_count * 2;
    uint32_t *grown;

    if (w->pipe_count * 2 < w->slot_count)
        return ERR_OK;
    grown = mem_array(count, sizeof *grown);
    if (grown == NULL)
        return mem_err(err);
    mem_free(w->slots);
    w->slots = grown;
    w->slot_count = count;
    for (uint32_t i = 0; i < w->pipe_count; i++) {
        if (!w->pipes[i]->is_gone)
            w->slots[pipe_slot(w, w->pipes[i]->place, sv_of(w->pipes[i]->name))] = i + 1;
    }
    return ERR_OK;
}

/* Room for one more pointer in a growing list. */
static enum err_code grow_list(void *list, size_t count, size_t *size, struct err *err)
{
    void **pointers = *(void ***)list;
    size_t more = *size == 0 ? 16 : *size * 2;
    void **grown;

    if (count < *size)
        return ERR_OK;
    grown = mem_resize(pointers, more, sizeof *grown);
    if (grown == NULL)
        return mem_err(err);
    *(void ***)list = grown;
    *size = more;
    return ERR_OK;
}

size_t place_position(const struct place *place, struct sv name)
{
    size_t low = 0;
    size_t high = place->count;

    /* Fleets are added in order: the end is the common place. */
    if (high > 0 && sv_cmp(sv_of(place->pipes[high - 1]->name), name) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sv_cmp(sv_of(place->pipes[middle]->name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum err_code world_add_pipe(struct world *w, struct place *place, const char *name,
                             const struct shape *shape, struct pipe **out, struct err *err)
{
    size_t at = place_position(place, sv_of(name));
    struct pipe *p;
    enum err_code rc;

    if (w->pipe_count == PIPES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d pipelines", PIPES_MAX);
    rc = grow_list(&w->pipes, w->pipe_count, &w->pipe_size, err);
    if (!rc)
        rc = grow_list(&place->pipes, place->count, &place->size, err);
    if (!rc)
        rc = grow_slots(w, err);
    if (rc)
        return rc;
    p = arena_alloc(&w->arena, 1, sizeof *p);
    if (p != NULL)
        p->stages = arena_alloc(&w->arena, shape->stage_count, sizeof *p->stages);
    if (p == NULL || p->stages == NULL)
        return arena_err(&w->arena, err);
    p->place = place;
    p->name = name;
    p->shape = shape;
    p->type = "V2";
    p->version = 1;
    p->created_at = p->updated_at = w->now_ms;
    p->repository = name;
    p->branch = "main";
    p->index = (uint32_t)w->pipe_count;
    p->next_number = 1;
    w->slots[pipe_slot(w, place, sv_of(name))] = p->index + 1;
    w->pipes[w->pipe_count++] = p;
    memmove(&place->pipes[at + 1], &place->pipes[at], (place->count - at) * sizeof *place->pipes);
    place->pipes[at] = p;
    place->count++;
    *out = p;
    return ERR_OK;
}

/* Its slot stays with it: no search may end there that would have gone on. */
void world_remove_pipe(struct world *w, struct pipe *p)
{
    struct place *place = p->place;
    size_t at = place_position(place, sv_of(p->name));

    memmove(&place->pipes[at], &place->pipes[at + 1],
            (place->count - at - 1) * sizeof *place->pipes);
    place->count--;
    empty_pipe(p);
    p->place = NULL;
    p->shape = &no_shape;
    p->is_gone = true;
    p->next_start_at = 0;
    pipe_touch(w, p, NULL);
}

enum err_code world_add_gap(struct world *w, struct err *err)
{
    enum err_code rc = grow_list(&w->pipes, w->pipe_count, &w->pipe_size, err);
    struct pipe *p = rc ? NULL : arena_alloc(&w->arena, 1, sizeof *p);

    if (rc)
        return rc;
    if (p == NULL)
        return arena_err(&w->arena, err);
    p->name = "";
    p->shape = &no_shape;
    p->is_gone = true;
    p->index = (uint32_t)w->pipe_count;
    w->pipes[w->pipe_count++] = p;
    return ERR_OK;
}

/* What the stage of that name shows goes on in the new version. */
static enum err_code carry_stages(struct world *w, struct pipe *p, const struct shape *shape,
                                  struct err *err)
{
    struct stage_now *stages = arena_alloc(&w->arena, shape->stage_count, sizeof *stages);

    if (stages == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; i < shape->stage_count; i++) {
        for (size_t old = 0; old < p->shape->stage_count; old++) {
            if (strcmp(shape->stages[i].name, p->shape->stages[old].name) == 0)
                stages[i] = p->stages[old];
        }
    }
    p->stages = stages;
    p->shape = shape;
    return ERR_OK;
}

static enum err_code grow_made(struct made *made, struct err *err)
{
    enum err_code rc = grow_list(&made->shapes, made->count, &made->size, err);

    if (made->count >= VERSIONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d versions of a pipeline", VERSIONS_MAX);
    return rc ? rc : grow_list(&made->definitions, made->count, &made->definitions_size, err);
}

enum err_code pipe_define(struct world *w, struct pipe *p, cJSON *definition,
                          const struct shape *shape, struct err *err)
{
    bool is_first = p->made == NULL;
    enum err_code rc = ERR_OK;

    if (is_first)
        p->made = mem_alloc(sizeof *p->made);
    if (p->made == NULL)
        rc = mem_err(err);
    /* Those before were made by a seed. */
    for (int v = 1; is_first && v < p->version && !rc; v++) {
        rc = grow_made(p->made, err);
        if (!rc) {
            p->made->shapes[p->made->count] = p->shape;
            p->made->definitions[p->made->count++] = NULL;
        }
    }
    if (!rc)
        rc = grow_made(p->made, err);
    if (!rc)
        rc = carry_stages(w, p, shape, err);
    if (rc) {
        cJSON_Delete(definition);
        return rc;
    }
    p->made->shapes[p->made->count] = shape;
    p->made->definitions[p->made->count++] = definition;
    return ERR_OK;
}

struct pipe *world_find_pipe(struct world *w, const struct place *place, struct sv name)
{
    size_t at;

    if (place == NULL || w->slot_count == 0)
        return NULL;
    at = pipe_slot(w, place, name);
    return w->slots[at] == 0 ? NULL : w->pipes[w->slots[at] - 1];
}

struct run *pipe_find_run(const struct pipe *p, struct uid id)
{
    for (size_t i = p->run_count; i-- > 0;) {
        if (uid_eq(p->runs[i]->id, id))
            return p->runs[i];
    }
    return NULL;
}

struct run *pipe_latest_run(const struct pipe *p)
{
    return p->run_count == 0 ? NULL : p->runs[p->run_count - 1];
}

bool run_is_over(const struct run *run)
{
    return run->where == WHERE_OVER;
}

const struct shape *run_shape(const struct pipe *p, const struct run *run)
{
    size_t version = run->version < 1 ? 0 : (size_t)run->version - 1;

    return p->made == NULL || version >= p->made->count ? p->shape : p->made->shapes[version];
}

static size_t run_size(const struct shape *shape)
{
    size_t size = sizeof(struct run) + shape->action_count * sizeof(struct attempt);

    return shape->is_made ? size + shape->action_count * sizeof(struct deed) : size;
}

struct deed *run_deed(const struct pipe *p, struct run *run, size_t action)
{
    const struct shape *shape = run_shape(p, run);
    struct deed *deeds;

    if (!shape->is_made || action >= shape->action_count)
        return NULL;
    deeds = (void *)&run->attempts[shape->action_count];
    return &deeds[action];
}

const struct deed *run_told(const struct pipe *p, const struct run *run, size_t action)
{
    const struct shape *shape = run_shape(p, run);
    const struct deed *deeds;

    if (!shape->is_made || action >= shape->action_count)
        return NULL;
    deeds = (const void *)&run->attempts[shape->action_count];
    return &deeds[action];
}

static bool is_shown(const struct pipe *p, const struct run *run)
{
    for (size_t i = 0; i < p->shape->stage_count; i++) {
        if (p->stages[i].latest == run)
            return true;
    }
    return false;
}

/* Forget the oldest run that is over and that no stage shows. */
static void trim(struct pipe *p)
{
    for (size_t i = 0; i < p->run_count; i++) {
        struct run *run = p->runs[i];

        if (!run_is_over(run) || is_shown(p, run))
            continue;
        free_run(run);
        memmove(&p->runs[i], &p->runs[i + 1], (p->run_count - i - 1) * sizeof *p->runs);
        p->run_count--;
        return;
    }
}

/* In one piece with its lists; both have the alignment of a pointer. */
static enum err_code add_judged(struct run *run, const struct shape *shape, struct err *err)
{
    size_t verdicts = shape->stage_count * CONDITION_COUNT * sizeof(struct verdict);
    unsigned char *bytes;

    if (!shape->has_conditions)
        return ERR_OK;
    run->judged =
        mem_alloc(sizeof *run->judged + verdicts + shape->rule_count * sizeof(struct ruling));
    if (run->judged == NULL)
        return mem_err(err);
    bytes = (void *)(run->judged + 1);
    run->judged->verdicts = (void *)bytes;
    run->judged->rulings = (void *)(bytes + verdicts);
    return ERR_OK;
}

enum err_code pipe_add_run(struct world *w, struct pipe *p, int version, struct run **out,
                           struct err *err)
{
    struct run as_of = {.version = version};
    const struct shape *shape = run_shape(p, &as_of);
    struct run *run;
    uint64_t salt;
    enum err_code rc;

    if (p->run_count >= HISTORY_MAX)
        trim(p);
    rc = grow_list(&p->runs, p->run_count, &p->run_size, err);
    if (rc)
        return rc;
    run = mem_alloc(run_size(shape));
    if (run == NULL)
        return mem_err(err);
    rc = add_judged(run, shape, err);
    if (rc) {
        mem_free(run);
        return rc;
    }
    salt = p->made == NULL ? p->index : p->made->salt;
    run->number = p->next_number++;
    run->id = uid_derive(uid_derive(w->seed, hash_text(sv_of(p->name)) + salt), run->number);
    run->revision = uid_derive(run->id, 2);
    run->started_at = run->updated_at = w->now_ms;
    run->version = version;
    run->fail_stage = -1;
    run->last = (uint16_t)(shape->stage_count - 1);
    p->runs[p->run_count++] = run;
    *out = run;
    return ERR_OK;
}

/* A store that cannot be told for want of memory misses one change; the next one catches up. */
static void note_unsaved(struct world *w, struct pipe *p)
{
    struct err ignored;

    if (p->needs_saving || grow_list(&w->unsaved, w->unsaved_count, &w->unsaved_size, &ignored))
        return;
    w->unsaved[w->unsaved_count++] = p;
    p->needs_saving = true;
}

void pipe_touch(struct world *w, struct pipe *p, struct run *run)
{
    p->changes++;
    if (run != NULL) {
        run->updated_at = w->now_ms;
        run->needs_saving = true;
    }
    if (w->keeps_unsaved)
        note_unsaved(w, p);
}

struct uid attempt_uid(const struct run *run, size_t action)
{
    return uid_derive(run->id, 100 + action + 1000000 * (uint64_t)run->attempts[action].tries);
}

struct uid attempt_token(const struct run *run, size_t action)
{
    return uid_derive(run->id, 10000 + action + 1000000 * (uint64_t)run->attempts[action].tries);
}
