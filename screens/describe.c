/* Describe: all that the cache knows of a pipeline, as the JSON that `penstock status --json` gives
 * of it; of a logical pipeline with several CodePipelines a list of those. */
#include "core/base/json.h"
#include "core/views/pipeline_tree.h"
#include "screens/pager_screen.h"

enum { JSON_CAP = 32 << 20 };

struct describe {
    struct pager_screen text;
    struct target target;
    bool is_placed; /* the stage or action that was asked for is in sight */
};

static void open(void *state, const struct target *target)
{
    struct describe *d = state;

    d->target = *target;
    pager_screen_open(&d->text);
}

/* The CodePipeline of that name alone; else all of the logical pipeline. */
static bool is_wanted(const struct describe *d, const struct pipeline_tree *t, size_t i)
{
    bool is_named = false;

    for (size_t k = 0; k < t->count; k++)
        is_named = is_named || sv_eq(t->parts[k].pipeline.row.id.name, sv_of(d->target.name));
    return !is_named || sv_eq(t->parts[i].pipeline.row.id.name, sv_of(d->target.name));
}

static bool part_is_stale(const struct screen_input *input, const struct pipeline_row *row)
{
    const struct scope_item *item =
        input->scope != NULL ? scope_find(input->scope, &row->id) : NULL;

    if (input->scope == NULL)
        return row->trouble.len > 0;
    return item == NULL || row_is_stale(row, &item->freshness, input->look->now_ms);
}

static enum err_code write_json(const struct describe *d, const struct pipeline_tree *t,
                                const struct screen_input *input, struct sb *out, struct err *err)
{
    size_t wanted = 0;
    struct jw w;

    for (size_t i = 0; i < t->count; i++)
        wanted += is_wanted(d, t, i);
    jw_init(&w, out, err);
    if (wanted > 1)
        jw_open(&w, '[');
    for (size_t i = 0; i < t->count; i++) {
        const struct cache_pipeline *p = &t->parts[i].pipeline;

        if (!is_wanted(d, t, i))
            continue;
        jw_open(&w, '{');
        view_pipeline_json(&w, p, part_is_stale(input, &p->row));
        jw_close(&w, '}');
    }
    if (wanted > 1)
        jw_close(&w, ']');
    return jw_done(&w);
}

static enum err_code add_empty(struct pager *p, enum screen_source source, struct err *err)
{
    static const char *const sentences[] = {
        [SCREEN_SYNCED] = "There is no such pipeline here (any more).",
        [SCREEN_LOADING] = "AWS is being asked for the pipelines.",
        [SCREEN_CACHED] = "It is not in the cache: run penstock without --cached.",
        [SCREEN_FAILED] = "AWS could not be asked yet: see the line below.",
    };

    return pager_add(p, STYLE_DIM, sv_of(sentences[source]), err);
}

/* The line of `"name": "..."` behind the line given; SIZE_MAX when there is none. */
static size_t find_name(const struct pager *p, struct sv name, size_t from)
{
    CLEANUP(sb_release) struct sb wanted;
    struct jw w;

    sb_init(&wanted, 4096);
    jw_init(&w, &wanted, NULL);
    jw_sv(&w, name);
    if (jw_done(&w))
        return SIZE_MAX;
    for (size_t i = from; i < p->count; i++) {
        struct sv line = sv_trim(p->lines[i].text);

        if (sv_starts(line, SV("\"name\"")) && sv_find(line, sb_sv(&wanted)) >= 0)
            return i;
    }
    return SIZE_MAX;
}

static void place(struct describe *d)
{
    size_t at =
        d->target.stage[0] != '\0' ? find_name(&d->text.pager, sv_of(d->target.stage), 1) : 0;

    if (at != SIZE_MAX && d->target.action[0] != '\0')
        at = find_name(&d->text.pager, sv_of(d->target.action), at + 1);
    if (at != SIZE_MAX && at > 0)
        d->text.pager.top = at - 1; /* with the brace before it */
    d->is_placed = true;
}

static enum err_code fill(struct describe *d, const struct pipeline_tree *t,
                          const struct screen_input *input, struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    enum err_code rc;

    sb_init(&json, JSON_CAP);
    rc = write_json(d, t, input, &json, err);
    if (rc)
        return rc;
    pager_clear(&d->text.pager);
    rc = t->count > 0 ? pager_add_json(&d->text.pager, sb_sv(&json), err)
                      : add_empty(&d->text.pager, input->source, err);
    if (rc == ERR_OK && t->count > 0 && !d->is_placed)
        place(d);
    pager_layout(&d->text.pager, input->area.rows, input->area.cols);
    return rc;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct describe *d = state;
    const struct pipeline_ask ask = {.id = target_id(&d->target)};
    struct pipeline_tree t;
    enum err_code rc;

    pipeline_tree_init(&t);
    rc = pipeline_tree_load(&t, input->cache, &ask, err);
    if (rc == ERR_OK)
        rc = fill(d, &t, input, err);
    pipeline_tree_release(&t);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&d->text.pager, input->filter_text, err);
    return rc;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct describe *d = state;

    (void)look;
    pager_screen_facts(&d->text, "Describe", d->target.name, out);
}

const struct screen describe_screen = {
    .name = "describe",
    .title = "Describe",
    .help = "all that is known of a pipeline, as JSON",
    .state_size = sizeof(struct describe),
    .commands = pager_commands,
    .open = open,
    .load = load,
    .draw = pager_screen_draw,
    .handle = pager_screen_handle,
    .facts = facts,
    .print = pager_screen_print,
    .release = pager_screen_release,
    .key = pager_screen_key,
};
