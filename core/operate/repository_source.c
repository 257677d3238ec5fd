/* Where a pipeline's sources are, as the cache's definitions tell. */
#include "core/model/fold.h"
#include "core/operate/repository_page.h"
#include "core/operate/stacks.h"

/* clang-format off */
static const struct {
    const char *provider;
    const char *words;
} kinds[] = {
    {"CodeCommit",               "CodeCommit"},
    {"CodeStarSourceConnection", "a connection (GitHub, GitLab or Bitbucket)"},
    {"GitHub",                   "GitHub"},
    {"S3",                       "an S3 bucket"},
    {"ECR",                      "an ECR repository"},
};
/* clang-format on */

bool source_is_codecommit(const struct repository_source *source)
{
    return sv_eq(source->provider, SV("CodeCommit")) && source->repository.len > 0;
}

const char *source_words(const struct repository_source *source)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (sv_eq(source->provider, sv_of(kinds[i].provider)))
            return kinds[i].words;
    }
    return "a source of its own kind";
}

struct gathering {
    struct cache *cache;
    struct arena *arena;
    struct repository_source *items;
    size_t count;
};

/* What the last execution told is the page of its first source's revision; without one GitHub's are
 * known. */
static enum err_code find_link(struct gathering *g, const struct execution *latest,
                               struct repository_source *s, struct err *err)
{
    CLEANUP(sb_release) struct sb link;
    enum err_code rc = ERR_OK;

    sb_init(&link, 2048);
    if (s->repository.len > 0 && sv_find(latest->revision_url, s->repository) >= 0)
        rc = sb_add(&link, sv_take(latest->revision_url, 2000), err);
    else if (sv_eq(s->provider, SV("GitHub")) && s->repository.len > 0)
        rc = sb_addf(&link, err, "https://github.com/" SV_FMT, SV_ARG(s->repository));
    if (rc)
        return rc;
    s->link = arena_sv(g->arena, link.len > 0 ? sb_sv(&link) : SV(""));
    return s->link.ptr == NULL ? arena_err(g->arena, err) : ERR_OK;
}

/* Of gitflow the one that it serves, of trunk those that its stages deploy to. */
static enum err_code find_environments(struct gathering *g, const struct pipeline_row *row,
                                       const struct pipeline_def *def, struct sv *out,
                                       struct err *err)
{
    CLEANUP(sb_release) struct sb all;
    enum err_code rc = ERR_OK;

    sb_init(&all, 8192);
    if (row->environment.len > 0)
        rc = sb_add(&all, row->environment, err);
    for (size_t i = 1; i < def->stage_count && row->environment.len == 0 && !rc; i++) {
        struct sv name = fold_stage_environment(def->stages[i].name);

        if (name.len > 0 && sv_starts(def->stages[i].name, SV("Deploy-Stage-")))
            rc = sb_addf(&all, err, "%s" SV_FMT, all.len > 0 ? "," : "", SV_ARG(name));
    }
    if (rc)
        return rc;
    *out = arena_sv(g->arena, all.len > 0 ? sb_sv(&all) : SV(""));
    return out->ptr == NULL ? arena_err(g->arena, err) : ERR_OK;
}

static enum err_code take_actions(struct gathering *g, const struct pipeline_row *row,
                                  const struct pipeline_def *def, const struct execution *latest,
                                  struct err *err)
{
    const struct stage_def *first = &def->stages[0];
    struct sv environments = SV("");
    enum err_code rc = find_environments(g, row, def, &environments, err);

    for (size_t i = 0; i < first->action_count && !rc; i++) {
        const struct action_def *a = &first->actions[i];
        struct repository_source *s = &g->items[g->count];

        if (!sv_eq(a->category, SV("Source")) || g->count == SOURCES_MAX)
            continue;
        *s = (struct repository_source){.pipeline = row->id,
                                        .environments = environments,
                                        .action = a->name,
                                        .provider = a->provider,
                                        .repository = a->repository,
                                        .branch = a->branch,
                                        .account = action_account(a, &row->id),
                                        .region = a->region.len > 0 ? a->region : row->id.region};
        rc = find_link(g, latest, s, err);
        g->count += rc == ERR_OK;
    }
    return rc;
}

static enum err_code take_row(struct gathering *g, const struct pipeline_row *row, struct err *err)
{
    struct cache_pipeline pipeline;
    struct pipeline_def def;
    struct err why = {0};
    enum err_code rc = cache_get_def(g->cache, row->rowid, g->arena, &def, &why);

    if (!rc)
        rc = cache_get_pipeline(g->cache, row->rowid, g->arena, &pipeline, &why);
    if (rc == ERR_NOT_FOUND || (!rc && def.stage_count == 0))
        return ERR_OK;
    return rc ? err_set(err, rc, "%s", why.text)
              : take_actions(g, row, &def, &pipeline.latest, err);
}

enum err_code repository_sources(struct cache *cache, const struct pipeline_id *id,
                                 struct arena *arena, struct repository_source **out, size_t *count,
                                 struct err *err)
{
    struct gathering g = {.cache = cache, .arena = arena};
    struct pipeline_row *rows;
    size_t row_count = 0;
    struct sv logical;
    enum err_code rc = logical_pipeline(cache, id, arena, &logical, err);

    g.items = arena_alloc(arena, SOURCES_MAX, sizeof *g.items);
    if (g.items == NULL)
        return arena_err(arena, err);
    if (!rc)
        rc = cache_siblings(cache, id->partition, id->account, id->region, logical, arena, &rows,
                            &row_count, err);
    for (size_t i = 0; i < row_count && !rc; i++)
        rc = take_row(&g, &rows[i], err);
    *out = g.items;
    *count = g.count;
    return rc;
}

enum err_code repository_own(struct cache *cache, const struct operand *what, struct arena *arena,
                             struct operand *out, struct err *err)
{
    struct repository_source *sources;
    size_t count = 0;
    enum err_code rc = ERR_OK;

    *out = *what;
    if (what->repository.len > 0)
        return ERR_OK;
    rc = repository_sources(cache, &what->id, arena, &sources, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        if (!source_is_codecommit(&sources[i]))
            continue;
        out->repository = sources[i].repository;
        out->id.account = sources[i].account;
        out->id.region = sources[i].region;
        return ERR_OK;
    }
    return rc;
}
