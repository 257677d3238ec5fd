/* What the verbs that show something share: contexts, cache, scope and one round of sync. */
#ifndef PENSTOCK_CLI_SESSION_H
#define PENSTOCK_CLI_SESSION_H

#include "core/cli/cli.h"
#include "core/sync/sync.h"
#include "core/views/scope.h"

struct session {
    struct cli *cli;
    struct context_list contexts;
    struct cache *cache;
    struct scope scope;
    struct net *net; /* NULL until the first sync */
    struct aws *aws;
    int64_t now_ms;
    bool is_cut_off; /* the last session_freshen got no answer */
};

/* With is_cached nothing is created, migrated or asked. Notices go to stderr. */
enum err_code session_open(struct session *s, struct cli *cli, bool is_cached,
                           struct err *err) MUST_CHECK;
void session_close(struct session *s);

/* Net and aws, made at the first need. */
enum err_code session_connect(struct session *s, struct err *err) MUST_CHECK;
/* One round; names are pipelines or logical pipelines, none for all. What AWS did not give is in
 * *result; only what hinders the round itself is returned. The scope is loaded anew. */
enum err_code session_sync(struct session *s, const struct sv *names, size_t count,
                           struct sync_result *result, struct err *err) MUST_CHECK;
enum err_code session_reload(struct session *s, struct err *err) MUST_CHECK;

/* Everything was read less than a minute ago, or by a penstock that still polls. */
bool session_is_fresh(const struct session *s);
/* Sync unless --cached, or fresh without --refresh. A failure is told on stderr at once; *status is
 * its exit status, 0 when there was none. */
enum err_code session_freshen(struct session *s, const struct sv *names, size_t count, int *status,
                              struct err *err) MUST_CHECK;
/* Whether it could be asked a moment ago: each reading of it would wait for the same failure. */
bool session_is_reachable(const struct session *s, const struct pipeline_id *id);
/* A failure that the next question to the same place would meet as well. */
bool session_is_cut_off(enum err_code code);
/* With --cached: say on stderr which context is stale and return 4; else 0. */
int session_tell_stale(const struct session *s);

/* The one row that NAME means; ERR_NOT_FOUND also when several do: the sentence lists them. */
enum err_code session_find(struct session *s, const char *name, int64_t *rowid,
                           struct err *err) MUST_CHECK;

#endif
