/* penstock prompt: how things stand, in a few characters, before the shell has drawn its prompt.
 * From the cache only; whatever goes wrong prints nothing, because a prompt must not break. */
#include "core/base/time.h"
#include "core/cli/out.h"
#include "core/cli/verb.h"
#include "core/views/scope.h"

static const enum status shown[][2] = {
    {STATUS_FAILED, STATUS_ERRORED},
    {STATUS_WAITING, STATUS_WAITING},
    {STATUS_IN_PROGRESS, STATUS_STOPPING},
};

static int64_t count_of(const struct cache_counts *counts, const enum status pair[2])
{
    return counts->by_status[pair[0]] + (pair[1] != pair[0] ? counts->by_status[pair[1]] : 0);
}

static bool is_stale(const struct scope *scope)
{
    bool stale = false;

    for (size_t i = 0; i < scope->count; i++)
        stale = stale || freshness_is_stale(&scope->items[i].freshness, time_wall_ms());
    return stale;
}

static enum err_code write_prompt(struct cache *cache, const struct scope *scope, bool is_utf8,
                                  struct sb *out)
{
    struct cache_counts counts;
    enum err_code rc = scope_count(cache, scope, &counts, NULL);

    if (rc || counts.total == 0)
        return rc;
    for (size_t i = 0; i < ARRAY_LEN(shown) && !rc; i++) {
        int64_t n = count_of(&counts, shown[i]);
        char ascii[2] = {status_ascii(shown[i][0]), '\0'};

        if (n > 0)
            rc = sb_addf(out, NULL, "%s%lld%s", out->len > 0 ? " " : "", (long long)n,
                         is_utf8 ? status_glyph(shown[i][0]) : ascii);
    }
    if (rc == ERR_OK && is_stale(scope))
        rc = sb_addf(out, NULL, "%s!", out->len > 0 ? " " : "");
    return rc;
}

static void show(struct cache *cache, const struct context_list *contexts, bool is_utf8)
{
    struct scope scope;
    struct out out;

    if (scope_load(cache, contexts, &scope, NULL))
        return;
    out_init(&out);
    if (write_prompt(cache, &scope, is_utf8, &out.text) ||
        (out.text.len > 0 && sb_addc(&out.text, '\n', NULL)) || out_flush(&out, NULL))
        sb_clear(&out.text);
    out_release(&out);
    scope_release(&scope);
}

int run_prompt(struct cli *cli)
{
    struct cache_options options = {.is_read_only = true};
    struct context_list contexts;
    struct cache *cache = NULL;
    struct err notice = {0};

    if (context_list_load(&cli->contexts, &contexts, NULL))
        return 0;
    if (cache_open(&options, &cache, &notice, NULL) == ERR_OK)
        show(cache, &contexts, !cli->is_ascii && text_is_utf8());
    cache_close(cache);
    context_list_release(&contexts);
    return 0;
}
