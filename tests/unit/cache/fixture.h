/* What the cache's tests share: a directory of their own, and pipelines made in one line. */
#ifndef PENSTOCK_TESTS_CACHE_FIXTURE_H
#define PENSTOCK_TESTS_CACHE_FIXTURE_H

#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/time.h"
#include "core/cache/cache.h"

static char test_dir[64];

static inline void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char name[512];

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (sv_eq(sv_of(entry->d_name), SV(".")) || sv_eq(sv_of(entry->d_name), SV("..")))
            continue;
        if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name)
            continue;
        if (unlink(name) != 0)
            remove_tree(name);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(path);
}

static inline int make_test_dir(void **state UNUSED)
{
    snprintf(test_dir, sizeof test_dir, "/tmp/penstock-cache-XXXXXX");
    return mkdtemp(test_dir) == NULL ? -1 : 0;
}

static inline int remove_test_dir(void **state UNUSED)
{
    remove_tree(test_dir);
    return 0;
}

#define TEST_IN_DIR(fn) cmocka_unit_test_setup_teardown(fn, make_test_dir, remove_test_dir)

static inline const char *in_dir(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", test_dir, name);
    return path;
}

static inline off_t size_in_dir(const char *name)
{
    struct stat st;

    return stat(in_dir(name), &st) == 0 ? st.st_size : -1;
}

/* How many files in the directory start so. */
static inline int count_in_dir(const char *prefix)
{
    DIR *dir = opendir(test_dir);
    struct dirent *entry;
    int count = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        count += sv_starts(sv_of(entry->d_name), sv_of(prefix));
    if (dir != NULL)
        closedir(dir);
    return count;
}

static inline struct cache *open_cache(struct err *notice)
{
    struct cache_options options = {.dir = test_dir};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, notice, &err), &err);
    return cache;
}

static inline struct cache *open_memory_cache(void)
{
    struct cache_options options = {.in_memory = true};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    return cache;
}

static inline struct cache *open_to_read(struct err *notice)
{
    struct cache_options options = {.dir = test_dir, .is_read_only = true};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, notice, &err), &err);
    return cache;
}

static inline struct pipeline_id id_of(const char *name)
{
    return (struct pipeline_id){SV("aws"), SV("111111111111"), SV("eu-west-1"), sv_of(name)};
}

/* A pipeline of two stages, "Source" and "Deploy-Stage-dev", with an action each. */
struct sample {
    struct action_def action_defs[2];
    struct stage_def stage_defs[2];
    struct pipeline_def def;
    struct action_state actions[2];
    struct stage_state stages[2];
    struct pipeline_state state;
    struct execution latest;
};

static inline void sample_fill(struct sample *s, const char *name)
{
    static const struct {
        struct sv stage, action, category;
    } parts[] = {{{"Source", 6}, {"Fetch", 5}, {"Source", 6}},
                 {{"Deploy-Stage-dev", 16}, {"Ship", 4}, {"Build", 5}}};

    memset(s, 0, sizeof *s);
    for (int i = 0; i < 2; i++) {
        s->action_defs[i] =
            (struct action_def){.name = parts[i].action, .category = parts[i].category};
        s->stage_defs[i] = (struct stage_def){parts[i].stage, &s->action_defs[i], 1};
        s->actions[i] = (struct action_state){.name = parts[i].action,
                                              .category = parts[i].category,
                                              .status = STATUS_SUCCEEDED,
                                              .percent = -1,
                                              .changed_at = 1000};
        s->stages[i] = (struct stage_state){.name = parts[i].stage,
                                            .status = STATUS_SUCCEEDED,
                                            .execution_id = SV("e1"),
                                            .transition_enabled = true,
                                            .actions = &s->actions[i],
                                            .action_count = 1};
    }
    s->def = (struct pipeline_def){.name = sv_of(name),
                                   .arn = SV("arn:aws:codepipeline:eu-west-1:111111111111:p"),
                                   .type = SV("V2"),
                                   .version = 1,
                                   .stages = s->stage_defs,
                                   .stage_count = 2};
    s->state = (struct pipeline_state){
        .name = sv_of(name), .version = 1, .stages = s->stages, .stage_count = 2};
    s->latest = (struct execution){.id = SV("e1"),
                                   .status = STATUS_SUCCEEDED,
                                   .started_at = 900,
                                   .updated_at = 1000,
                                   .revision = SV("abc123"),
                                   .revision_summary = SV("first commit")};
}

/* In a transaction that is open. */
static inline bool sample_put_def(struct cache *cache, const struct sample *s)
{
    struct pipeline_id id = id_of("");
    struct err err = {0};
    bool changed = false;

    id.name = s->def.name;
    REQUIRE_OK(cache_put_def(cache, &id, &s->def, NULL, 0, 1, &changed, &err), &err);
    return changed;
}

static inline bool sample_put_state(struct cache *cache, const struct sample *s, int64_t now)
{
    struct pipeline_id id = id_of("");
    struct err err = {0};
    bool changed = false;

    id.name = s->def.name;
    REQUIRE_OK(cache_put_state(cache, &id, &s->state, s->latest.id.len > 0 ? &s->latest : NULL, now,
                               &changed, &err),
               &err);
    return changed;
}

static inline void begin(struct cache *cache)
{
    struct err err = {0};

    REQUIRE_OK(cache_begin(cache, 10000, &err), &err);
}

static inline void commit(struct cache *cache)
{
    struct err err = {0};

    REQUIRE_OK(cache_commit(cache, &err), &err);
}

static inline void sample_put(struct cache *cache, const struct sample *s, int64_t now)
{
    begin(cache);
    sample_put_def(cache, s);
    sample_put_state(cache, s, now);
    commit(cache);
}

/* The names that a query gives, each with a blank behind it. */
static inline bool add_name(void *owner, const struct pipeline_row *row)
{
    struct err err = {0};

    REQUIRE_OK(sb_add(owner, row->id.name, &err), &err);
    REQUIRE_OK(sb_addc(owner, ' ', &err), &err);
    return true;
}

static inline void check_query(struct cache *cache, const struct pipeline_query *query,
                               const char *want)
{
    struct err err = {0};
    struct sb got;

    sb_init(&got, 1 << 20);
    REQUIRE_OK(cache_pipelines(cache, query, add_name, &got, &err), &err);
    CHECK_STR(sb_cstr(&got), want);
    sb_release(&got);
}

static inline int64_t change_seq(struct cache *cache)
{
    struct err err = {0};
    int64_t seq = -1;

    REQUIRE_OK(cache_change_seq(cache, &seq, &err), &err);
    return seq;
}

static inline bool count_one(void *owner, const struct transition *t UNUSED)
{
    (*(int64_t *)owner)++;
    return true;
}

static inline int64_t history_count(struct cache *cache)
{
    struct err err = {0};
    int64_t count = 0;

    REQUIRE_OK(cache_transitions(cache, &(struct transition_query){0}, count_one, &count, &err),
               &err);
    return count;
}

#endif
