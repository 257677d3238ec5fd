/* What the wizard knows: read and made anew at each load, beside what it knew before, so that a
 * load that fails leaves that. Drafts and the file are written here, too, and nowhere in a key's
 * handler.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "screens/create.h"
#include "screens/drawing.h"

enum { ARENA_CAP = 16 << 20, TEXT_CAP = 1 << 20, TEXTS_MAX = 160 };

/* ---- drafts ---- */

static struct sv typed_name(const struct wizard *c)
{
    return sv_trim(edit_text(&c->values[FIELD_NAME].text));
}

/* A draft of that name that this one did not come from must not be written over. */
static bool is_taken(const struct wizard *c, struct sv name, struct arena *arena)
{
    struct draft_row *rows;
    size_t count;

    if (c->has_saved && sv_eq(name, sv_of(c->saved_name)))
        return false;
    if (drafts_list(arena, &rows, &count, NULL))
        return false; /* writing says why */
    for (size_t i = 0; i < count; i++) {
        if (rows[i].is_change == c->is_change && sv_eq(rows[i].name, name))
            return true;
    }
    return false;
}

static enum err_code write_draft(struct wizard *c, struct arena *arena, struct err *err)
{
    struct draft draft = {.is_change = c->is_change,
                          .template_dir = sv_trim(edit_text(&c->values[FIELD_DIRECTORY].text)),
                          .uses_existing_repository = c->values[FIELD_EXISTING].chosen != 0};
    enum err_code rc = create_build(c, (enum strategy)c->values[FIELD_STRATEGY].chosen, arena,
                                    &draft.definition, err);

    if (rc == ERR_OK)
        rc = draft_write(&draft, err);
    if (rc)
        return rc;
    if (c->has_saved && !sv_eq(draft.definition.name, sv_of(c->saved_name)))
        rc = draft_remove(sv_of(c->saved_name), c->is_change, err);
    target_set(c->saved_name, sizeof c->saved_name, draft.definition.name);
    c->has_saved = true;
    return rc;
}

void create_save(struct wizard *c, struct arena *arena)
{
    struct err err = {0};

    if (!c->is_dirty)
        return;
    c->must_save = false;
    if (is_taken(c, typed_name(c), arena)) {
        create_note(c, STYLE_ATTENTION,
                    "another draft has this name and is kept: this one is not, until it has a "
                    "name of its own");
        return;
    }
    if (write_draft(c, arena, &err)) {
        create_note(c, STYLE_ATTENTION, "the draft is not kept: %s", err.text);
        return;
    }
    c->is_dirty = false;
    c->note[0] = '\0';
}

static enum err_code open_draft(struct wizard *c, struct sv name, struct arena *arena,
                                struct err *err)
{
    struct draft draft;
    bool fits;
    enum err_code rc = draft_read(name, c->is_change, arena, &draft, err);

    if (rc)
        return rc;
    fits = create_take_definition(c, &draft.definition);
    create_set(&c->values[FIELD_DIRECTORY].text, draft.template_dir);
    c->values[FIELD_EXISTING].chosen = draft.uses_existing_repository;
    c->is_dirty = c->must_save = false;
    c->is_choosing = false;
    c->has_saved = fits;
    target_set(c->saved_name, sizeof c->saved_name, name);
    memset(c->was_left, 0, sizeof c->was_left);
    create_go(c, CREATE_PAGE_DETAILS);
    if (fits)
        create_note(c, STYLE_PLAIN, "the draft is open again; it is kept as you type");
    else
        create_note(c, STYLE_ATTENTION,
                    "the draft has a text that is too long for this form; it stays as it is, and "
                    "what you change is kept when the name is another");
    return ERR_OK;
}

static struct sv chosen_name(const struct wizard *c)
{
    return c->choice > 0 && c->choice <= c->known.draft_count ? c->known.drafts[c->choice - 1].name
                                                              : SV_NONE;
}

/* ---- wishes ---- */

static enum err_code write_all(int fd, struct sv text)
{
    while (text.len > 0) {
        ssize_t put = write(fd, text.ptr, text.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return ERR_FAILED;
        text = sv_drop(text, (size_t)put);
    }
    return ERR_OK;
}

/* Never over a file that is there. */
static void write_file(struct wizard *c)
{
    char path[sizeof c->saved_name + 8];
    struct sv name = typed_name(c);
    enum err_code rc;
    int fd;

    snprintf(path, sizeof path, SV_FMT ".json", SV_ARG(name));
    if (name.len == 0 || name.ptr[0] == '.' || sv_find(name, SV("/")) >= 0) {
        create_note(c, STYLE_ATTENTION, "give the pipeline a name first: the file gets it");
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        create_note(c, STYLE_BAD,
                    errno == EEXIST ? "%s is there already: nothing was written"
                                    : "%s cannot be written here",
                    path);
        return;
    }
    rc = write_all(fd, c->known.json);
    if (close(fd) != 0)
        rc = ERR_FAILED;
    if (rc)
        create_note(c, STYLE_BAD, "%s could not be written whole: is the disk full?", path);
    else
        create_note(c, STYLE_GOOD, "%s is written; penstock create -f %s takes it", path, path);
}

static enum err_code grant(struct wizard *c, struct arena *arena, struct err *err)
{
    enum create_wish wish = c->wish;
    struct err why = {0};
    enum err_code rc = ERR_OK;

    c->wish = WISH_NONE;
    switch (wish) {
    case WISH_NONE:
        return ERR_OK;
    case WISH_WRITE_FILE:
        write_file(c);
        return ERR_OK;
    case WISH_OPEN_DRAFT:
        rc = open_draft(c, chosen_name(c), arena, &why);
        break;
    case WISH_DELETE_DRAFT:
        rc = draft_remove(chosen_name(c), c->is_change, &why);
        if (rc == ERR_OK)
            create_note(c, STYLE_PLAIN, "the draft is deleted");
        c->choice = 0;
        break;
    }
    if (rc == ERR_LIMIT) {
        c->wish = wish; /* for the load that mends it */
        return err_set(err, rc, "%s", why.text);
    }
    if (rc)
        create_note(c, STYLE_BAD, "%s", why.text);
    return ERR_OK;
}

/* ---- the beginning ---- */

static enum err_code list_drafts(struct wizard *c, struct create_known *known, struct arena *arena,
                                 struct err *err)
{
    struct draft_row *rows = NULL;
    size_t count = 0;
    struct err why = {0};
    enum err_code rc;

    if (c->is_begun && !c->is_choosing)
        return ERR_OK;
    rc = drafts_list(arena, &rows, &count, &why);
    if (rc == ERR_LIMIT)
        return err_set(err, rc, "%s", why.text);
    if (rc)
        create_note(c, STYLE_ATTENTION, "drafts are not kept: %s", why.text);
    known->drafts = rows;
    for (size_t i = 0; i < count; i++) {
        bool is_ours = rows[i].is_change == c->is_change &&
                       (!c->is_change || sv_eq(rows[i].name, sv_of(c->target.name)));

        if (is_ours)
            rows[known->draft_count++] = rows[i];
    }
    return ERR_OK;
}

static bool has_draft(const struct create_known *known, struct sv name)
{
    for (int i = 0; i < known->draft_count; i++) {
        if (sv_eq(known->drafts[i].name, name))
            return true;
    }
    return false;
}

/* A draft of the name that was asked for goes on at once; else there is a choice when there is
 * one. */
static enum err_code begin(struct wizard *c, const struct create_known *known, struct arena *arena,
                           struct err *err)
{
    struct sv name = sv_of(c->target.name);
    struct err why = {0};
    enum err_code rc = ERR_OK;

    if (c->is_begun)
        return ERR_OK;
    create_set(&c->values[FIELD_NAME].text, name);
    if (c->is_change && !c->has_was)
        return ERR_OK;
    if (!c->is_change && name.len > 0 && has_draft(known, name))
        rc = open_draft(c, name, arena, &why);
    else
        c->is_choosing = known->draft_count > 0 && (c->is_change || name.len == 0);
    if (rc == ERR_LIMIT)
        return err_set(err, rc, "%s", why.text);
    if (rc)
        create_note(c, STYLE_BAD, "%s", why.text);
    c->choice = c->is_choosing;
    c->is_begun = true;
    return ERR_OK;
}

/* ---- what AWS told ---- */

static void take_was(struct wizard *c)
{
    if (!create_take_definition(c, &c->was))
        create_note(c, STYLE_BAD,
                    "a text of it is too long for this form: change it by penstock export and "
                    "penstock edit -f");
    else
        c->has_was = true;
}

static enum err_code take_fetched(struct wizard *c, const struct work *work, struct err *err)
{
    enum err_code rc;

    if (!c->is_change || c->has_was || work == NULL)
        return ERR_OK;
    c->is_fetching = work_reads(work, ERRAND_FETCH, NULL);
    target_set(c->errand_err, sizeof c->errand_err,
               sv_of(work_errand_err(work, ERRAND_FETCH, NULL)->text));
    if (!work->has_fetched || !sv_eq(work->fetched.name, sv_of(c->target.name)))
        return ERR_OK;
    arena_clear(&c->before_arena);
    rc = definition_copy(&work->fetched.definition, &c->before_arena, &c->was, err);
    if (rc == ERR_OK)
        take_was(c);
    return rc;
}

/* What was made needs no draft any more. */
static void forget_made(struct wizard *c, const struct work *work)
{
    const struct act *act = work != NULL ? work->act : NULL;
    enum action_id wanted = c->is_change ? ACTION_EDIT : ACTION_CREATE;

    if (act == NULL || !c->has_saved || act->action != wanted || act->state != ACT_ENDED ||
        act->job.state != JOB_DONE || act->planned_at_ms == c->told_act_ms ||
        !sv_eq(act->input.definition.name, sv_of(c->saved_name)) ||
        draft_remove(sv_of(c->saved_name), c->is_change, NULL))
        return;
    c->told_act_ms = act->planned_at_ms;
    c->has_saved = c->is_dirty = false;
    create_note(c, STYLE_GOOD, "it is done, and its draft deleted");
}

static bool is_home(const struct deploy *d, const struct cached_environment *rows,
                    const struct cached_environment *e)
{
    struct sv account = rows[0].home_account;
    struct sv region = rows[0].home_region;

    if (d != NULL && d->account[0] != '\0') {
        account = sv_of(d->account);
        region = sv_of(d->region);
    }
    return sv_eq(e->home_account, account) && sv_eq(e->home_region, region);
}

/* Those of the one CICD context that acts go to; before it is known, of the first. */
static enum err_code read_environments(const struct screen_input *input, struct arena *arena,
                                       struct create_known *known, struct err *err)
{
    const struct work *work = input->console->options.work;
    struct cached_environment *rows;
    size_t count;
    enum err_code rc =
        cache_list_environments(input->cache, SV(""), SV(""), SV(""), arena, &rows, &count, err);

    if (rc)
        return rc;
    known->environments = arena_alloc(arena, count + 1, sizeof *known->environments);
    if (known->environments == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < count; i++) {
        struct environment *e = &known->environments[known->environment_count];
        bool has_unknown;

        if (!is_home(work != NULL ? &work->deploy : NULL, rows, &rows[i]))
            continue;
        rc = environment_read(rows[i].json, arena, e, &has_unknown, err);
        if (rc == ERR_LIMIT)
            return rc;
        known->environment_count += rc == ERR_OK; /* one that is broken is told by its own screen */
    }
    return ERR_OK;
}

/* ---- what follows from it ---- */

static enum err_code add_cicd(struct create_known *known, struct sv name, const char *place,
                              struct arena *arena, struct err *err)
{
    char text[TEXTS_MAX];
    struct sv kept;

    snprintf(text, sizeof text, SV_FMT "  %s", SV_ARG(name), place);
    kept = arena_sv(arena, sv_of(text));
    known->cicd_names[known->cicd_count] = arena_sv(arena, name);
    if (kept.ptr == NULL || known->cicd_names[known->cicd_count].ptr == NULL)
        return arena_err(arena, err);
    known->cicd_texts[known->cicd_count++] = kept.ptr;
    return ERR_OK;
}

static enum err_code list_cicd(const struct wizard *c, struct create_known *known,
                               struct arena *arena, struct err *err)
{
    struct sv wanted = sv_trim(edit_text(&c->values[FIELD_CICD].text));
    size_t count = known->environment_count;
    bool is_there = wanted.len == 0;
    enum err_code rc = ERR_OK;

    known->cicd_texts = arena_alloc(arena, count + 2, sizeof *known->cicd_texts);
    known->cicd_names = arena_alloc(arena, count + 2, sizeof *known->cicd_names);
    if (known->cicd_texts == NULL || known->cicd_names == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        const struct environment *e = &known->environments[i];
        char place[TEXTS_MAX / 2];

        if (e->kind != ENVIRONMENT_CICD)
            continue;
        is_there = is_there || sv_eq(e->name, wanted);
        snprintf(place, sizeof place, SV_FMT " " SV_FMT, SV_ARG(e->account), SV_ARG(e->region));
        rc = add_cicd(known, e->name, place, arena, err);
    }
    if (rc == ERR_OK && !is_there)
        rc = add_cicd(known, wanted, "(not known here)", arena, err);
    return rc;
}

#define LIMIT_ROW(name, limit, pattern, per_stage, of) {limit, per_stage},
static const struct {
    size_t limit;
    bool is_per_stage;
} limits[] = {DERIVED_LIST(LIMIT_ROW)};
#undef LIMIT_ROW

/* The longest name that every derived name leaves room for. */
static size_t longest_name(const struct definition *d, const struct environment *cicd)
{
    struct definition nameless = *d;
    size_t longest = 100;

    nameless.name = SV("");
    for (int what = 0; what < DERIVED_COUNT; what++) {
        int stages = limits[what].is_per_stage ? (int)d->stage_count : 1;

        if (!definition_uses(d, (enum derived)what) || what == DERIVED_REPOSITORY)
            continue;
        for (int i = 0; i < stages; i++) {
            char name[DERIVED_SIZE];
            size_t rest = strlen(definition_name(&nameless, cicd, (enum derived)what,
                                                 limits[what].is_per_stage ? i : -1, name));
            size_t room = rest < limits[what].limit ? limits[what].limit - rest : 0;

            longest = room < longest ? room : longest;
        }
    }
    return longest;
}

static enum err_code draw_both(const struct wizard *c, bool is_utf8, struct arena *arena,
                               struct create_known *known, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < STRATEGY_COUNT && rc == ERR_OK; i++) {
        CLEANUP(sb_release) struct sb text;
        struct definition d;

        sb_init(&text, TEXT_CAP);
        rc = create_build(c, (enum strategy)i, arena, &d, err);
        if (rc == ERR_OK)
            rc = drawing_write(&d, known->environments, known->environment_count, is_utf8, &text,
                               err);
        if (rc)
            break;
        known->drawings[i] = arena_sv(arena, sb_sv(&text));
        if (known->drawings[i].ptr == NULL)
            rc = arena_err(arena, err);
    }
    return rc;
}

static enum err_code compare(const struct wizard *c, struct create_known *known,
                             struct arena *arena, struct err *err)
{
    enum err_code rc;

    if (!c->has_was)
        return ERR_OK;
    rc = definition_compare(&c->was, &known->definition, arena, &known->changes,
                            &known->change_count, known->defects, err);
    for (size_t i = 0; rc == ERR_OK && i < known->change_count; i++)
        known->removed +=
            known->changes[i].kind == CHANGE_REMOVED && known->changes[i].stage.len > 0;
    return rc;
}

static enum err_code write_json(struct create_known *known, struct arena *arena, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, TEXT_CAP);
    rc = definition_write(&known->definition, &text, err);
    if (rc)
        return rc;
    known->json = arena_sv(arena, sb_sv(&text));
    return known->json.ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

static enum err_code judge(const struct wizard *c, struct create_known *known, struct arena *arena,
                           struct err *err)
{
    const struct environment *cicd;
    enum err_code rc = create_build(c, (enum strategy)c->values[FIELD_STRATEGY].chosen, arena,
                                    &known->definition, err);

    if (rc)
        return rc;
    known->defects = arena_alloc(arena, 1, sizeof *known->defects);
    if (known->defects == NULL)
        return arena_err(arena, err);
    definition_check(&known->definition, known->environments, known->environment_count,
                     known->defects);
    for (size_t i = 0; i < known->defects->count; i++)
        create_name_rows(known->defects->items[i].text);
    cicd = environment_find(known->environments, known->environment_count, known->definition.cicd);
    snprintf(known->name_help, sizeof known->name_help,
             "lower-case letters, digits and hyphens; with these stages at most %zu characters "
             "fit",
             longest_name(&known->definition, cicd));
    rc = compare(c, known, arena, err);
    if (rc == ERR_OK)
        rc = write_json(known, arena, err);
    return rc ? rc : create_review_make(c, known, arena, err);
}

/* ---- loading ---- */

static enum err_code load_all(struct wizard *c, const struct screen_input *input,
                              struct create_known *known, struct err *err)
{
    enum err_code rc = take_fetched(c, input->console->options.work, err);

    if (rc == ERR_OK)
        rc = grant(c, &c->spare, err);
    if (rc == ERR_OK)
        rc = list_drafts(c, known, &c->spare, err);
    if (rc == ERR_OK)
        rc = begin(c, known, &c->spare, err);
    if (rc == ERR_OK)
        rc = read_environments(input, &c->spare, known, err);
    if (rc == ERR_OK)
        rc = list_cicd(c, known, &c->spare, err);
    if (rc == ERR_OK)
        rc = judge(c, known, &c->spare, err);
    return rc ? rc : draw_both(c, input->look->is_utf8, &c->spare, known, err);
}

/* The first CICD environment is chosen for whoever has chosen none: then the rest is judged again.
 */
static bool chose_cicd(struct wizard *c)
{
    bool was_empty = c->values[FIELD_CICD].text.len == 0;

    create_make_form(c);
    create_tell_faults(c);
    return was_empty && c->values[FIELD_CICD].text.len > 0;
}

static enum err_code load_once(struct wizard *c, const struct screen_input *input, struct err *err)
{
    struct create_known known = {.environment_count = 0};
    struct arena old = c->arena;
    enum err_code rc;

    arena_clear(&c->spare);
    rc = load_all(c, input, &known, err);
    if (rc)
        return rc;
    c->arena = c->spare;
    c->spare = old;
    c->known = known;
    if (c->choice > known.draft_count)
        c->choice = known.draft_count;
    if (c->is_choosing && known.draft_count == 0)
        c->is_choosing = false;
    if (c->review_at >= known.line_count)
        c->review_at = known.line_count > 0 ? known.line_count - 1 : 0;
    return ERR_OK;
}

enum err_code create_load(void *state, const struct screen_input *input, struct err *err)
{
    struct wizard *c = state;
    enum err_code rc;

    if (!c->is_ready) {
        arena_init(&c->arena, ARENA_CAP);
        arena_init(&c->spare, ARENA_CAP);
        arena_init(&c->before_arena, ARENA_CAP);
        c->is_ready = true;
    }
    c->now_ms = input->look->now_ms;
    c->rows_shown = input->area.rows;
    c->cols_shown = input->area.cols;
    forget_made(c, input->console->options.work);
    rc = load_once(c, input, err);
    if (rc == ERR_OK && chose_cicd(c))
        rc = load_once(c, input, err);
    if (rc)
        return rc;
    create_make_form(c);
    create_tell_faults(c);
    if (c->must_save)
        create_save(c, &c->spare);
    return ERR_OK;
}
