#include "core/operate/guard.h"

#include "core/aws/caller.h"
#include "core/base/time.h"
#include "core/operate/guard_freeze.h"
#include "core/operate/guard_name.h"
#include "core/operate/guard_people.h"
#include "core/sync/config_file.h"

enum { PATH_CAP = 4096, CLOCKS_APART_MS = 1000 };

enum eyes { EYES_ANY, EYES_FOUR, EYES_STRICT };

/* The config, read. Texts are the ini's. */
struct guard {
    struct ini ini;
    struct sb path;
    struct sv protected;
    struct sv pipelines; /* patterns */
    enum eyes eyes;
    const struct ini_section *people;
    struct freeze freezes[FREEZES_MAX];
    const char *names[FREEZES_MAX];
    size_t count;
};

static void guard_release(struct guard *g)
{
    ini_release(&g->ini);
    sb_release(&g->path);
}

/* The sentence of a fault begins with where it is. */
static enum err_code fault(const struct guard *g, const char *section, const char *key,
                           const char *what, struct err *err)
{
    return err_set(err, ERR_CONFIG,
                   "%.200s: [%s] %.60s %s: nothing is written until it is "
                   "corrected",
                   sb_cstr(&g->path), section, key, what);
}

static enum err_code check_one_line(const struct guard *g, const char *section,
                                    const struct ini_entry *entry, struct err *err)
{
    return entry->value != NULL && entry->children == NULL
               ? ERR_OK
               : fault(g, section, entry->key, "must be one line", err);
}

static enum err_code read_guard(struct guard *g, const struct ini_section *section, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; section != NULL && i < section->entry_count && !rc; i++) {
        const struct ini_entry *entry = &section->entries[i];
        struct sv value;

        rc = check_one_line(g, "guard", entry, err);
        if (rc)
            return rc;
        value = sv_trim(sv_of(entry->value));
        if (strcmp(entry->key, "protected") == 0)
            g->protected = value;
        else if (strcmp(entry->key, "protected_pipelines") == 0)
            g->pipelines = value;
        else if (strcmp(entry->key, "four_eyes") != 0)
            rc =
                fault(g, "guard", entry->key,
                      "is no setting; there are protected, protected_pipelines and four_eyes", err);
        else if (sv_eq_nocase(value, SV("true")))
            g->eyes = EYES_FOUR;
        else if (sv_eq_nocase(value, SV("strict")))
            g->eyes = EYES_STRICT;
        else if (!sv_eq_nocase(value, SV("false")))
            rc = fault(g, "guard", entry->key, "must be true, strict or false", err);
    }
    return rc;
}

static enum err_code read_freezes(struct guard *g, const struct ini_section *section,
                                  struct err *err)
{
    struct err why = {0};

    for (size_t i = 0; section != NULL && i < section->entry_count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        enum err_code rc = check_one_line(g, "freeze", entry, err);

        if (rc)
            return rc;
        if (g->count == FREEZES_MAX)
            return fault(g, "freeze", entry->key, "is one freeze too many", err);
        if (freeze_parse(sv_of(entry->value), &g->freezes[g->count], &why))
            return fault(g, "freeze", entry->key, why.text, err);
        g->names[g->count++] = entry->key;
    }
    return ERR_OK;
}

static enum err_code read_people(struct guard *g, const struct ini_section *section,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; section != NULL && i < section->entry_count && !rc; i++) {
        const struct ini_entry *entry = &section->entries[i];

        rc = check_one_line(g, "people", entry, err);
        if (!rc && sv_trim(sv_of(entry->value)).len == 0)
            rc = fault(g, "people", entry->key, "must name the user, session or ARN", err);
    }
    g->people = section;
    return rc;
}

static enum err_code guard_read(const struct aws_env *env, struct guard *g, struct err *err)
{
    enum err_code rc;

    sb_init(&g->path, PATH_CAP);
    g->protected = SV("prod");
    g->pipelines = SV("");
    rc = config_file_read(env, &g->path, &g->ini, err);
    if (rc)
        return err_prefix(err, "nothing is written while the config cannot be read");
    if (g->path.len == 0)
        return err_set(err, ERR_CONFIG,
                       "nothing is written while it is not known where the config is: set HOME or "
                       "XDG_CONFIG_HOME");
    rc = read_guard(g, ini_section(&g->ini, "guard"), err);
    if (!rc)
        rc = read_freezes(g, ini_section(&g->ini, "freeze"), err);
    return rc ? rc : read_people(g, ini_section(&g->ini, "people"), err);
}

/* ---- asking ---- */

/* Of several the one that ends last. */
static enum err_code judge_freezes(const struct guard *g, const struct guard_ask *ask,
                                   struct guard_answer *out, struct err *err)
{
    int64_t last = 0;

    for (size_t i = 0; i < g->count; i++) {
        const struct freeze *f = &g->freezes[i];
        char text[ZONE_TEXT_SIZE];
        int64_t until = 0;
        enum err_code rc = ask->is_any || freeze_covers(f, ask->environment, ask->is_stage)
                               ? freeze_until(f, ask->now_ms, &until, text, err)
                               : ERR_OK;

        if (rc)
            return rc;
        if (until <= last)
            continue;
        last = until;
        (void)snprintf(out->frozen, sizeof out->frozen, "%.60s, until %s: " SV_FMT, g->names[i],
                       text, SV_ARG(sv_take(f->reason, 160)));
    }
    return ERR_OK;
}

/* One author who is the caller is enough; else one that cannot be told. */
static enum sameness compare_authors(const struct guard *g, const struct guard_ask *ask,
                                     struct sv *whose)
{
    enum sameness found = PERSON_IS_ANOTHER;
    struct sv rest = ask->author;

    do {
        struct sv one = sv_cut(rest, '\n', &rest);
        enum sameness is = person_compare(g->people, one, ask->caller);

        if (is == PERSON_IS_ANOTHER || (is == found && whose->len == 0))
            continue;
        found = is;
        *whose = one;
        if (is == PERSON_IS_THE_SAME)
            break;
    } while (rest.ptr != NULL);
    return found;
}

static void judge_eyes(const struct guard *g, const struct guard_ask *ask, struct guard_answer *out)
{
    struct sv person = sv_take(caller_person(ask->caller), 64);
    struct sv whose = SV("");

    if (!ask->is_approval || g->eyes == EYES_ANY)
        return;
    switch (compare_authors(g, ask, &whose)) {
    case PERSON_IS_ANOTHER:
        break;
    case PERSON_IS_THE_SAME:
        (void)snprintf(out->eyes, sizeof out->eyes,
                       "four eyes: %s by " SV_FMT " and you are " SV_FMT
                       "; somebody else must approve it",
                       sv_find(ask->author, SV("\n")) < 0 ? "the commit is" : "a commit is",
                       SV_ARG(sv_take(whose, 100)), SV_ARG(person));
        break;
    case PERSON_IS_UNKNOWN:
        out->has_doubt = true;
        if (g->eyes == EYES_STRICT)
            (void)snprintf(out->eyes, sizeof out->eyes,
                           ask->author.len == 0 ? "four eyes: whose commit it is cannot be told"
                           : whose.len == 0
                               ? "four eyes: who wrote all that it lets through cannot be told"
                               : "four eyes: who " SV_FMT " is cannot be told; see [people] in "
                                 "the config",
                           SV_ARG(person));
        break;
    }
}

static bool any_fits(struct sv patterns, struct sv name)
{
    while (name.len > 0 && patterns.len > 0) {
        struct sv one = sv_trim(sv_cut(patterns, ',', &patterns));

        if (one.len > 0 && text_fits(one, name))
            return true;
    }
    return false;
}

static void judge_protection(const struct guard *g, const struct guard_ask *ask,
                             struct guard_answer *out)
{
    if (names_mean(g->protected, ask->environment, ask->is_stage))
        (void)snprintf(out->why, sizeof out->why, SV_FMT, SV_ARG(sv_take(ask->environment, 100)));
    else if (any_fits(g->pipelines, ask->pipeline))
        (void)snprintf(out->why, sizeof out->why, "the pipeline " SV_FMT,
                       SV_ARG(sv_take(ask->pipeline, 100)));
    out->is_protected = out->why[0] != '\0';
}

enum err_code guard_judge(const struct guard_ask *ask, struct guard_answer *out, struct err *err)
{
    CLEANUP(guard_release) struct guard g = {0};
    struct guard_answer answer = {0};
    enum err_code rc = guard_read(ask->env, &g, err);

    if (!rc)
        rc = judge_freezes(&g, ask, &answer, err);
    if (rc)
        return rc;
    judge_eyes(&g, ask, &answer);
    judge_protection(&g, ask, &answer);
    answer.is_unlocked = answer.is_protected && guard_unlocked_until(ask->now_ms, NULL) > 0;
    *out = answer;
    return ERR_OK;
}

bool guard_wants_eyes(const struct aws_env *env)
{
    CLEANUP(guard_release) struct guard g = {0};

    return guard_read(env, &g, NULL) == ERR_OK && g.eyes != EYES_ANY;
}

enum err_code guard_freezes(const struct aws_env *env, int64_t now_ms, freeze_fn *fn, void *owner,
                            struct err *err)
{
    CLEANUP(guard_release) struct guard g = {0};
    enum err_code rc = guard_read(env, &g, err);
    bool goes_on = true;

    for (size_t i = 0; i < g.count && goes_on && !rc; i++) {
        char text[ZONE_TEXT_SIZE];
        struct freeze_view view = {.name = sv_of(g.names[i]),
                                   .environments = g.freezes[i].environments,
                                   .reason = g.freezes[i].reason,
                                   .until = text};

        rc = freeze_until(&g.freezes[i], now_ms, &view.until_ms, text, err);
        if (!rc && view.until_ms > 0)
            goes_on = fn(owner, &view);
    }
    return rc;
}

/* ---- the unlock ---- */

static struct {
    int64_t until_ms;      /* wall */
    int64_t until_mono_ms; /* ...which somebody may set back */
    char reason[REASON_MAX + 1];
} unlock;

enum err_code guard_unlock(int minutes, struct sv reason, int64_t now_ms, struct err *err)
{
    CLEANUP(sb_release) struct sb clean;
    enum err_code rc;

    sb_init(&clean, (size_t)8 * REASON_MAX);
    reason = sv_trim(reason);
    if (minutes < 1 || minutes > UNLOCK_MINUTES_MAX)
        return err_set(err, ERR_USAGE, "an unlock lasts from 1 to %d minutes", UNLOCK_MINUTES_MAX);
    if (reason.len == 0)
        return err_set(err, ERR_USAGE, "an unlock needs a reason: unlock MINUTES REASON");
    if (reason.len > REASON_MAX)
        return err_set(err, ERR_USAGE, "a reason has at most %d bytes", REASON_MAX);
    rc = sb_add_safe(&clean, reason, err);
    if (rc)
        return rc;
    (void)snprintf(unlock.reason, sizeof unlock.reason, "%s", sb_cstr(&clean));
    unlock.until_ms = now_ms + (int64_t)minutes * 60000;
    unlock.until_mono_ms = time_mono_ms() + (int64_t)minutes * 60000;
    return ERR_OK;
}

void guard_lock(void)
{
    unlock.until_ms = 0;
    unlock.reason[0] = '\0';
}

int64_t guard_unlocked_until(int64_t now_ms, const char **reason)
{
    int64_t left_ms = unlock.until_mono_ms - time_mono_ms();
    bool is_open = unlock.until_ms > now_ms && left_ms > 0;

    if (reason != NULL)
        *reason = is_open ? unlock.reason : "";
    /* The two clocks are read one after the other. */
    if (unlock.until_ms - now_ms > left_ms + CLOCKS_APART_MS)
        return is_open ? now_ms + left_ms : 0;
    return is_open ? unlock.until_ms : 0;
}

void guard_unlock_text(int64_t now_ms, char out[GUARD_UNLOCK_MAX])
{
    char at[TIME_RFC3339_SIZE];
    const char *reason;
    int64_t until_ms = guard_unlocked_until(now_ms, &reason);

    out[0] = '\0';
    if (until_ms > 0)
        (void)snprintf(out, GUARD_UNLOCK_MAX, "unlocked until %s: %s",
                       time_rfc3339(until_ms / 1000 * 1000, at), reason);
}
