#include "screens/environment.h"

enum { ARENA_CAP = 4 << 20 };

static const struct {
    const char *label;
    const char *member; /* the defect's field */
    enum form_kind kind;
    const char *help;
} fields[] = {
#define FIELD_ROW(name, label, member, kind, help) {label, member, FORM_##kind, help},
    ENVIRONMENT_FIELD_LIST(FIELD_ROW)
#undef FIELD_ROW
};
_Static_assert(ARRAY_LEN(fields) == ENVIRONMENT_FIELD_COUNT, "one row per field");

static const char *const kinds[] = {
#define KIND_WORD(name, word) word,
    ENVIRONMENT_KIND_LIST(KIND_WORD)
#undef KIND_WORD
        NULL,
};
static const char *const bootstraps[] = {
#define BOOTSTRAP_WORD(name, word) word,
    BOOTSTRAP_LIST(BOOTSTRAP_WORD)
#undef BOOTSTRAP_WORD
        NULL,
};
static const char *const ways[] = {"this context", "profile", "role", NULL};

/* ---- what is typed ---- */

static struct sv text_of(const struct environment_form *f, enum environment_field field)
{
    struct sv text = form_text(&f->form.fields[field]);

    return text.ptr == NULL ? SV("") : sv_trim(text);
}

static enum environment_way way_of(const struct environment_form *f)
{
    return (enum environment_way)f->form.fields[ENVIRONMENT_FIELD_WAY].chosen;
}

void environment_form_read(const struct environment_form *f, struct environment *out)
{
    const struct form_field *all = f->form.fields;
    enum environment_way way = way_of(f);
    bool is_ddk = all[ENVIRONMENT_FIELD_BOOTSTRAP].chosen == BOOTSTRAP_DDK;

    *out = (struct environment){
        .name = text_of(f, ENVIRONMENT_FIELD_NAME),
        .kind = (enum environment_kind)all[ENVIRONMENT_FIELD_KIND].chosen,
        .account = text_of(f, ENVIRONMENT_FIELD_ACCOUNT),
        .region = text_of(f, ENVIRONMENT_FIELD_REGION),
        .profile = way == WAY_PROFILE ? text_of(f, ENVIRONMENT_FIELD_PROFILE) : SV(""),
        .role_arn = way == WAY_ROLE ? text_of(f, ENVIRONMENT_FIELD_ROLE_ARN) : SV(""),
        .external_id = way == WAY_ROLE ? text_of(f, ENVIRONMENT_FIELD_EXTERNAL_ID) : SV(""),
        .stage = text_of(f, ENVIRONMENT_FIELD_STAGE),
        .team = text_of(f, ENVIRONMENT_FIELD_TEAM),
        .bootstrap = (enum bootstrap)all[ENVIRONMENT_FIELD_BOOTSTRAP].chosen,
        .qualifier = text_of(f, ENVIRONMENT_FIELD_QUALIFIER),
        .ddk_prefix = is_ddk ? text_of(f, ENVIRONMENT_FIELD_DDK_PREFIX) : SV(""),
        .boundary = text_of(f, ENVIRONMENT_FIELD_BOUNDARY),
    };
    if (sv_eq(out->external_id, SV("-")))
        out->external_id = SV("");
    if (out->qualifier.len == 0)
        out->qualifier = SV("hnb659fds");
}

/* ---- its rules ---- */

static bool say(char *fault, size_t size, const char *text)
{
    snprintf(fault, size, "%s", text);
    return false;
}

/* What only the form knows: the ways, and that a name stays. */
static bool check_own(const struct environment_form *f, enum environment_field field,
                      struct sv text, char *fault, size_t size)
{
    if (field == ENVIRONMENT_FIELD_PROFILE && way_of(f) == WAY_PROFILE && text.len == 0)
        return say(fault, size, "there is no profile in this host's AWS config: take a role");
    if (field == ENVIRONMENT_FIELD_ROLE_ARN && way_of(f) == WAY_ROLE && text.len == 0)
        return say(fault, size, "is required with way role");
    if (field != ENVIRONMENT_FIELD_NAME)
        return true;
    if (!f->is_new && !sv_eq(text, f->before.name))
        return say(fault, size, "stays as it is: add another and remove this one instead");
    for (size_t i = 0; f->is_new && i < f->other_count; i++) {
        if (sv_eq(f->others[i].name, text))
            return say(fault, size, "is taken: choose another");
    }
    return true;
}

static bool rule(void *owner, int field, struct sv text, char *fault, size_t size)
{
    const struct environment_form *f = owner;
    const struct defect *defect;
    struct defects defects = {.count = 0};
    struct environment e;

    if (!check_own(f, (enum environment_field)field, sv_trim(text), fault, size))
        return false;
    environment_form_read(f, &e);
    environment_check(&e, f->others, f->other_count, &defects);
    defect = defects_of(&defects, fields[field].member);
    return defect == NULL || defect->is_warning || say(fault, size, defect->text);
}

/* ---- open ---- */

void environment_form_open(struct environment_form *f)
{
    *f = (struct environment_form){.is_new = true};
    arena_init(&f->arena, ARENA_CAP);
    form_init(&f->form, rule, f);
    for (int i = 0; i < ENVIRONMENT_FIELD_COUNT; i++)
        form_add(&f->form, fields[i].kind, fields[i].label, fields[i].help);
    f->form.fields[ENVIRONMENT_FIELD_KIND].choices = kinds;
    f->form.fields[ENVIRONMENT_FIELD_WAY].choices = ways;
    f->form.fields[ENVIRONMENT_FIELD_PROFILE].choices = f->profiles;
    f->form.fields[ENVIRONMENT_FIELD_BOOTSTRAP].choices = bootstraps;
}

static enum err_code add_profile(struct environment_form *f, struct sv name, struct err *err)
{
    struct sv copy;

    for (size_t i = 0; i < f->profile_count; i++) {
        if (sv_eq(sv_of(f->profiles[i]), name))
            return ERR_OK;
    }
    if (name.len == 0 || f->profile_count > ENVIRONMENT_PROFILES_MAX)
        return ERR_OK;
    copy = arena_sv(&f->arena, name);
    if (copy.ptr == NULL)
        return arena_err(&f->arena, err);
    f->profiles[f->profile_count++] = copy.ptr;
    return ERR_OK;
}

enum err_code environment_form_profiles(struct environment_form *f,
                                        const struct context_list *contexts, struct err *err)
{
    const struct ini *files[] = {&contexts->files.config, &contexts->files.credentials};
    enum err_code rc = add_profile(f, f->before.profile, err);

    for (size_t k = 0; k < ARRAY_LEN(files); k++) {
        for (size_t i = 0; i < files[k]->section_count && !rc; i++) {
            struct sv name = sv_of(files[k]->sections[i].name);
            bool is_profile = sv_starts(name, SV("profile "));

            if (is_profile)
                name = sv_trim(sv_drop(name, strlen("profile ")));
            if (is_profile || k == 1 || sv_eq(name, SV("default")))
                rc = add_profile(f, name, err);
        }
    }
    return rc;
}

static void set(struct environment_form *f, enum environment_field field, struct sv text)
{
    struct form_field *at = &f->form.fields[field];

    if (at->kind == FORM_TEXT) {
        edit_clear(&at->text);
        edit_paste(&at->text, text, NULL);
        return;
    }
    for (int i = 0; at->choices[i] != NULL; i++) {
        if (sv_eq(sv_of(at->choices[i]), text))
            at->chosen = i;
    }
}

void environment_form_show(struct environment_form *f, const struct environment *e)
{
    enum environment_way way = e->profile.len > 0    ? WAY_PROFILE
                               : e->role_arn.len > 0 ? WAY_ROLE
                                                     : WAY_CONTEXT;

    set(f, ENVIRONMENT_FIELD_NAME, e->name);
    set(f, ENVIRONMENT_FIELD_KIND, sv_of(environment_kind_word(e->kind)));
    set(f, ENVIRONMENT_FIELD_ACCOUNT, e->account);
    set(f, ENVIRONMENT_FIELD_REGION, e->region);
    set(f, ENVIRONMENT_FIELD_WAY, sv_of(ways[way]));
    set(f, ENVIRONMENT_FIELD_PROFILE, e->profile);
    set(f, ENVIRONMENT_FIELD_ROLE_ARN, e->role_arn);
    set(f, ENVIRONMENT_FIELD_STAGE, e->stage);
    set(f, ENVIRONMENT_FIELD_TEAM, e->team);
    set(f, ENVIRONMENT_FIELD_BOOTSTRAP, sv_of(bootstrap_word(e->bootstrap)));
    set(f, ENVIRONMENT_FIELD_QUALIFIER, e->qualifier);
    set(f, ENVIRONMENT_FIELD_DDK_PREFIX, e->ddk_prefix.len > 0 ? e->ddk_prefix : SV("ddk"));
    set(f, ENVIRONMENT_FIELD_BOUNDARY, e->boundary);
}

/* ---- into the act ---- */

/* The cache has no external ids: the one of the last reading stays when nothing was typed. */
static enum err_code keep_external_id(const struct environment_form *f, struct environment *e,
                                      struct err *err)
{
    const struct deploy *d = &f->work->reader;
    const struct environment *now;

    if (f->is_new || e->role_arn.len == 0 || text_of(f, ENVIRONMENT_FIELD_EXTERNAL_ID).len > 0)
        return ERR_OK;
    now = environment_find(d->environments, d->environment_count, e->name);
    if (now == NULL)
        return err_set(err, ERR_PENDING,
                       "AWS is still being asked for this environment: try again in a moment");
    e->external_id = now->external_id;
    return ERR_OK;
}

enum err_code environment_form_fill(const struct environment_form *f, struct act *act,
                                    struct err *err)
{
    struct environment *e = &act->input.environment;
    struct sv *texts[] = {&e->name,      &e->account,    &e->region,      &e->profile,
                          &e->role_arn,  &e->stage,      &e->external_id, &e->team,
                          &e->qualifier, &e->ddk_prefix, &e->boundary};
    enum err_code rc;

    environment_form_read(f, e);
    e->version = f->before.version;
    rc = keep_external_id(f, e, err);
    for (size_t i = 0; i < ARRAY_LEN(texts) && !rc; i++) {
        *texts[i] = arena_sv(&act->arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            rc = arena_err(&act->arena, err);
    }
    return rc;
}
