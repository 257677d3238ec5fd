/* Why a pipeline fails whose row has no error: what its failure's card says, else the condition or
 * the action that failed, else which verb reads it. */
#include "core/operate/failure.h"
#include "core/views/shift_parts.h"

enum { READ_CAP = 32 << 20, TEXT_SIZE = 800, NAME_MOST = 100, WORDS_MOST = 500 };

/* False without words. where: the action, or "condition". */
static bool say(struct sv stage, struct sv where, struct sv words, char out[TEXT_SIZE])
{
    words = sv_trim(words);
    if (words.len == 0)
        return false;
    (void)snprintf(out, TEXT_SIZE, SV_FMT "/" SV_FMT ": " SV_FMT, SV_ARG(sv_take(stage, NAME_MOST)),
                   SV_ARG(sv_take(where, NAME_MOST)), SV_ARG(sv_take(words, WORDS_MOST)));
    return true;
}

static struct sv line_of(const struct failed_action *a)
{
    for (size_t i = 0; i < a->line_count; i++) {
        if (a->lines[i].is_error)
            return a->lines[i].text;
    }
    return SV("");
}

/* The resource says more than the action that waited for it. */
static bool say_card(const struct failure *f, char out[TEXT_SIZE])
{
    for (size_t i = 0; i < f->action_count; i++) {
        const struct failed_action *a = &f->actions[i];
        const struct sv words[] = {a->resource_reason, a->message, a->phase_reason, line_of(a),
                                   a->code};

        for (size_t j = 0; j < ARRAY_LEN(words); j++) {
            if (say(a->stage, a->action.len > 0 ? a->action : SV("condition"), words[j], out))
                return true;
        }
    }
    return false;
}

static bool say_action(struct sv stage, const struct action_state *a, char out[TEXT_SIZE])
{
    return a->status == STATUS_FAILED &&
           (say(stage, a->name, a->error_message, out) || say(stage, a->name, a->summary, out) ||
            say(stage, a->name, a->error_code, out));
}

static bool say_state(const struct cache_pipeline *p, char out[TEXT_SIZE])
{
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];

        if (s->status != STATUS_FAILED || !sv_eq(s->execution_id, p->latest.id))
            continue;
        for (size_t j = 0; j < s->action_count; j++) {
            if (say_action(s->name, &s->actions[j], out))
                return true;
        }
        if (s->condition.len > 0 && (say(s->name, SV("condition"), s->condition_text, out) ||
                                     say(s->name, SV("condition"), s->condition_status, out)))
            return true;
    }
    return false;
}

/* The latest first. */
static bool say_runs(const struct action_run *runs, size_t count, char out[TEXT_SIZE])
{
    while (count-- > 0) {
        if (say_action(runs[count].stage, &runs[count].action, out))
            return true;
    }
    return false;
}

/* What cannot be read says nothing: the hand-over goes on without it. */
static bool find(struct cache *cache, const struct pipeline_id *id, struct arena *arena,
                 char out[TEXT_SIZE])
{
    const struct operand what = {.id = *id};
    struct cache_pipeline p;
    struct action_run *runs;
    struct failure failure;
    int64_t read_at;
    int64_t rowid;
    size_t count;

    if (failure_get(cache, &what, arena, &failure, &read_at, NULL) == ERR_OK &&
        say_card(&failure, out))
        return true;
    if (cache_find_id(cache, id, &rowid, NULL) || rowid == 0 ||
        cache_get_pipeline(cache, rowid, arena, &p, NULL))
        return false;
    return say_state(&p, out) ||
           (cache_runs(cache, rowid, p.latest.id, arena, &runs, &count, NULL) == ERR_OK &&
            say_runs(runs, count, out));
}

enum err_code shift_explain(struct shift *shift, struct cache *cache, struct err *err)
{
    for (struct shift_item *item = shift->parts[SHIFT_FAILING].items; item != NULL;
         item = item->next) {
        const struct pipeline_id id = {.partition = item->partition,
                                       .account = item->account,
                                       .region = item->region,
                                       .name = item->subject};
        char text[TEXT_SIZE];
        struct arena arena;

        if (item->text.len > 0)
            continue;
        arena_init(&arena, READ_CAP);
        if (!find(cache, &id, &arena, text))
            (void)snprintf(text, sizeof text,
                           "the error was not read yet: penstock failure " SV_FMT,
                           SV_ARG(sv_take(item->subject, NAME_MOST)));
        arena_release(&arena);
        item->text = arena_sv(&shift->arena, sv_of(text));
        if (item->text.ptr == NULL)
            return arena_err(&shift->arena, err);
    }
    return ERR_OK;
}
