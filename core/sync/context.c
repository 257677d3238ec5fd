#include "core/sync/context.h"

#include "core/base/mem.h"
#include "core/model/hash.h"
#include "core/sync/config_file.h"

enum { CONFIG_PATH_CAP = 16 * 1024 };

enum { CONTEXTS_MAX = 64, PACE_MAX = 10000 };

/* What an account is asked for at first: its true limit is not published and is found by sync. */
static const struct pace_limits default_pace = {5, 32};

/* What a context is called before its settings are resolved. */
struct wish {
    struct sv profile; /* empty = the AWS CLI's own choice */
    struct sv region;  /* empty likewise */
};

struct wishes {
    struct wish items[CONTEXTS_MAX];
    size_t count;
};

static enum err_code add_wish(struct wishes *w, struct sv text, const char *where, struct err *err)
{
    struct wish wish;

    text = sv_trim(text);
    /* The last '@' divides: a profile's name may hold one, a region's never does. */
    for (size_t at = text.len; at > 0; at--) {
        if (text.ptr[at - 1] != '@')
            continue;
        wish.profile = sv_trim(sv_take(text, at - 1));
        wish.region = sv_trim(sv_drop(text, at));
        if (wish.profile.len == 0 || wish.region.len == 0)
            break;
        if (w->count == CONTEXTS_MAX)
            return err_set(err, ERR_LIMIT, "%s: at most %d contexts", where, CONTEXTS_MAX);
        w->items[w->count++] = wish;
        return ERR_OK;
    }
    return err_set(err, ERR_USAGE, "%s: \"" SV_FMT "\" is not a context: write profile@region",
                   where, SV_ARG(text));
}

static enum err_code add_wishes(struct wishes *w, struct sv list, const char *where,
                                struct err *err)
{
    while (list.len > 0) {
        struct sv rest;
        struct sv one = sv_trim(sv_cut(list, ',', &rest));
        enum err_code rc = one.len == 0 ? ERR_OK : add_wish(w, one, where, err);

        if (rc)
            return rc;
        list = rest;
    }
    return ERR_OK;
}

static enum err_code read_bool(const struct ini_entry *entry, const char *where, bool *out,
                               struct err *err)
{
    if (sv_eq_nocase(sv_of(entry->value), SV("true")))
        *out = true;
    else if (sv_eq_nocase(sv_of(entry->value), SV("false")))
        *out = false;
    else
        return err_set(err, ERR_CONFIG, "%s line %d: %s must be true or false", where, entry->line,
                       entry->key);
    return ERR_OK;
}

static enum err_code read_number(const struct ini_entry *entry, const char *where, double *out,
                                 struct err *err)
{
    int64_t value;

    if (!sv_to_int(sv_of(entry->value), &value) || value < 0 || value > PACE_MAX)
        return err_set(err, ERR_CONFIG, "%s line %d: %s must be a number from 0 to %d", where,
                       entry->line, entry->key, PACE_MAX);
    *out = (double)value;
    return ERR_OK;
}

static enum err_code read_megabytes(const struct ini_entry *entry, const char *where, int64_t *out,
                                    struct err *err)
{
    double value = 0;
    enum err_code rc = read_number(entry, where, &value, err);

    if (!rc && value < 1)
        rc = err_set(err, ERR_CONFIG, "%s line %d: %s must be at least 1", where, entry->line,
                     entry->key);
    if (!rc)
        *out = (int64_t)value;
    return rc;
}

/* Read by the console and by the guard. */
static bool is_known_elsewhere(const struct ini_section *section)
{
    static const char *const names[] = {"console", "keys", "guard", "freeze", "people"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(section->name, names[i]) == 0)
            return true;
    }
    return false;
}

/* penstock's own settings. An unknown word is refused: a typing error must not pass unseen. */
static enum err_code read_settings(const struct ini *ini, const char *where, struct wishes *w,
                                   struct context_list *list, struct err *err)
{
    const struct ini_section *section = ini_section(ini, "default");
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ini->section_count; i++) {
        if (&ini->sections[i] != section && !is_known_elsewhere(&ini->sections[i]))
            return err_set(err, ERR_CONFIG, "%s line %d: unknown section [%s]", where,
                           ini->sections[i].line, ini->sections[i].name);
    }
    for (size_t i = 0; section != NULL && i < section->entry_count && !rc; i++) {
        const struct ini_entry *entry = &section->entries[i];

        if (strcmp(entry->key, "contexts") == 0)
            rc = add_wishes(w, sv_of(entry->value), where, err);
        else if (strcmp(entry->key, "read_only") == 0)
            rc = read_bool(entry, where, &list->is_read_only, err);
        else if (strcmp(entry->key, "calls_per_second") == 0)
            rc = read_number(entry, where, &list->pace.rate_per_s, err);
        else if (strcmp(entry->key, "burst") == 0)
            rc = read_number(entry, where, &list->pace.burst, err);
        else if (strcmp(entry->key, "log_budget_mb") == 0)
            rc = read_megabytes(entry, where, &list->log_budget_mb, err);
        else
            rc = err_set(err, ERR_CONFIG, "%s line %d: unknown setting %s", where, entry->line,
                         entry->key);
    }
    return rc;
}

static void context_release(struct context *c)
{
    aws_settings_release(&c->settings);
    mem_free(c->profile_text);
    mem_free(c->region_text);
    *c = (struct context){0};
}

static char *copy(struct sv text)
{
    char *out = mem_alloc(text.len + 1);

    if (out != NULL && text.len > 0)
        memcpy(out, text.ptr, text.len);
    return out;
}

static enum err_code own_names(struct context *c, struct sv profile, struct sv region,
                               struct err *err)
{
    c->profile_text = copy(profile);
    c->region_text = copy(region);
    if (c->profile_text == NULL || c->region_text == NULL)
        return mem_err(err);
    c->profile = sv_of(c->profile_text);
    c->region = sv_of(c->region_text);
    return ERR_OK;
}

static bool is_there_already(const struct context_list *list, const struct context *c)
{
    for (size_t i = 0; i < list->count; i++) {
        if (sv_eq(list->items[i].profile, c->profile) && sv_eq(list->items[i].region, c->region))
            return true;
    }
    return false;
}

/* What would have been used, for the name of a context that cannot be: as the AWS CLI chooses. */
static struct sv asked(const struct context_options *options, struct sv option, const char *first,
                       const char *second, const char *otherwise)
{
    const char *value = aws_env_get(options->env, first);

    if (value == NULL)
        value = aws_env_get(options->env, second);
    return option.len > 0 ? option : sv_of(value != NULL ? value : otherwise);
}

static enum err_code resolve(struct context_list *list, const struct context_options *options,
                             const struct wish *wish, struct err *err)
{
    struct context *c = &list->items[list->count];
    struct aws_options aws = options->aws;
    enum err_code rc;

    if (wish->profile.len > 0)
        aws.profile = wish->profile;
    if (wish->region.len > 0)
        aws.region = wish->region;
    c->code = aws_settings_resolve(options->env, &list->files, &aws, &c->settings, &c->err);
    if (c->code == ERR_LIMIT)
        return err_set(err, c->code, "%s", c->err.text);
    if (c->code)
        rc = own_names(c,
                       asked(options, aws.profile, "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "default"),
                       asked(options, aws.region, "AWS_REGION", "AWS_DEFAULT_REGION", ""), err);
    else
        rc = own_names(c, sv_of(c->settings.profile), sv_of(c->settings.region), err);
    if (rc || is_there_already(list, c)) {
        context_release(c);
        return rc;
    }
    list->count++;
    return ERR_OK;
}

enum err_code context_list_load(const struct context_options *options, struct context_list *out,
                                struct err *err)
{
    CLEANUP(sb_release) struct sb path = {0};
    CLEANUP(ini_release) struct ini ini = {0};
    struct context_list list = {.pace = default_pace};
    struct wishes wishes = {.count = 0};
    enum err_code rc;

    sb_init(&path, 4096);
    rc = config_file_read(options->env, &path, &ini, err);
    if (rc == ERR_OK)
        rc = read_settings(&ini, sb_cstr(&path), &wishes, &list, err);
    if (rc)
        return rc;
    /* What the command line says replaces what the file says. */
    if (options->context_count > 0 || options->aws.profile.len > 0 || options->aws.region.len > 0)
        wishes.count = 0;
    for (size_t i = 0; i < options->context_count && !rc; i++)
        rc = add_wishes(&wishes, options->contexts[i], "--context", err);
    if (!rc && wishes.count == 0)
        wishes.count = 1; /* an empty wish: the AWS CLI's own choice */
    if (!rc)
        rc = aws_files_load(options->env, &list.files, err);
    if (!rc) {
        list.items = mem_array(wishes.count, sizeof *list.items);
        rc = list.items == NULL ? mem_err(err) : ERR_OK;
    }
    for (size_t i = 0; i < wishes.count && !rc; i++)
        rc = resolve(&list, options, &wishes.items[i], err);
    if (rc) {
        context_list_release(&list);
        return rc;
    }
    *out = list;
    /* The settings point at the files, which have moved. */
    for (size_t i = 0; i < out->count; i++)
        out->items[i].settings.files = &out->files;
    return ERR_OK;
}

uint64_t context_list_hash(const struct context_list *list)
{
    uint64_t all = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct hash h;

        hash_init(&h);
        hash_sv(&h, list->items[i].profile);
        hash_sv(&h, list->items[i].region);
        all ^= hash_done(&h);
    }
    return all;
}

void context_list_release(struct context_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        context_release(&list->items[i]);
    mem_free(list->items);
    aws_files_release(&list->files);
    *list = (struct context_list){0};
}

enum err_code context_read_only(const struct aws_env *env, bool *out, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    CLEANUP(ini_release) struct ini ini = {0};
    const struct ini_section *section;
    enum err_code rc;

    sb_init(&path, CONFIG_PATH_CAP);
    *out = false;
    rc = config_file_read(env, &path, &ini, err);
    section = rc ? NULL : ini_section(&ini, "default");
    for (size_t i = 0; section != NULL && i < section->entry_count && !rc; i++) {
        if (strcmp(section->entries[i].key, "read_only") == 0)
            rc = read_bool(&section->entries[i], sb_cstr(&path), out, err);
    }
    return rc;
}
