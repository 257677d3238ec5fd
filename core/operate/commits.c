#include "core/operate/commits.h"

#include "core/aws/commits.h"
#include "core/base/json.h"
#include "core/base/time.h"

/* One round asks for all parents that are not known yet. */
enum {
    NODES_MAX = 300,
    BATCH_MAX = COMMITS_KEPT_MOST,
    BODY_MAX = 16 * 1024,
    DOCUMENT_CAP = 64 * 1024
};

struct node {
    struct commit commit; /* only its id until it is known */
    bool is_known;
    bool is_old; /* reachable from `before` */
    bool is_gone;
};

struct walk {
    const struct commits_ask *ask;
    struct arena *arena;
    struct node *nodes; /* in the order in which they were met */
    size_t count;
    size_t fresh;   /* known, and not old */
    bool has_merge; /* only then `before`'s own ancestors matter */
    bool is_met;    /* `before` is an ancestor of `after` */
    bool is_cut;
};

/* ---- what is known without asking ---- */

static enum err_code document_key(const struct commits_ask *ask, struct sv id, struct sb *key,
                                  struct document_id *out, struct err *err)
{
    *out = (struct document_id){DOCUMENT_COMMIT, ask->at.partition, ask->at.account, ask->at.region,
                                SV_NONE};
    sb_init(key, 1024);
    if (sb_addf(key, err, SV_FMT "/" SV_FMT, SV_ARG(sv_take(ask->repository, 200)),
                SV_ARG(sv_take(id, 100))))
        return err != NULL ? err->code : ERR_LIMIT;
    out->key = sb_sv(key);
    return ERR_OK;
}

static bool find_kept(struct walk *w, struct node *node)
{
    CLEANUP(sb_release) struct sb key;
    struct cache *cache = w->ask->asker.deploy->cache;
    struct document_id id;
    struct commit commit;
    struct sv json;
    int64_t read_at;

    if (document_key(w->ask, node->commit.id, &key, &id, NULL) || cache == NULL ||
        cache_get_document(cache, &id, w->arena, &json, &read_at, NULL) ||
        commit_document_parse(json, w->arena, &commit, NULL) || !sv_eq(commit.id, node->commit.id))
        return false;
    node->commit = commit;
    return true;
}

/* Not being able to keep it costs another call some day, no more. */
static void keep(const struct walk *w, const struct commit *commit)
{
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb json;
    struct cache *cache = w->ask->asker.deploy->cache;
    struct document_id id;
    struct err err;

    sb_init(&json, DOCUMENT_CAP);
    if (document_key(w->ask, commit->id, &key, &id, NULL) || cache == NULL ||
        commit_document_write(commit, &json, &err))
        return;
    if (cache_put_document(cache, &id, sb_sv(&json), time_wall_ms(), &err))
        return;
}

/* ---- asking ---- */

static enum err_code ask_one(struct walk *w, struct sv id, struct commit **out, size_t *count,
                             struct err *err)
{
    const struct ask_member members[] = {
        {"repositoryName", w->ask->repository}, {"commitId", id}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = ask_read(&w->ask->asker, OP_GET_COMMIT, members, &reply, err);

    *count = 0;
    if (rc && reply != NULL && sv_eq(reply->error_name, SV("CommitIdDoesNotExistException")))
        return ERR_OK;
    *out = arena_alloc(w->arena, 1, sizeof **out);
    if (rc == ERR_OK && *out == NULL)
        rc = arena_err(w->arena, err);
    if (rc == ERR_OK)
        rc = decode_commit(reply->json, w->arena, *out, err);
    *count = rc == ERR_OK;
    return rc;
}

static enum err_code ask_many(struct walk *w, const struct sv *ids, size_t wanted,
                              struct commit **out, size_t *count, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct asker *a = &w->ask->asker;
    const struct aws_reply *reply;
    struct jw jw;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    jw_init(&jw, &body, err);
    jw_open(&jw, '{');
    jw_put_sv(&jw, "repositoryName", w->ask->repository);
    jw_name(&jw, "commitIds");
    jw_open(&jw, '[');
    for (size_t i = 0; i < wanted; i++)
        jw_sv(&jw, ids[i]);
    jw_close(&jw, ']');
    jw_close(&jw, '}');
    rc = jw_done(&jw);
    if (rc == ERR_OK)
        rc = deploy_read(a->task, a->deploy, a->session, OP_BATCH_GET_COMMITS, sb_sv(&body), &reply,
                         err);
    return rc ? rc : decode_commits(reply->json, w->arena, out, count, err);
}

/* ---- without a walk ---- */

/* arn:aws:iam::222222222222:role/reader */
static struct sv account_of(struct sv role_arn, struct sv otherwise)
{
    struct sv rest = role_arn;
    struct sv field = SV_NONE;

    for (int i = 0; i < 5; i++)
        field = sv_cut(rest, ':', &rest);
    return field.len > 0 ? field : otherwise;
}

struct pipeline_id commits_at(const struct action_def *source, const struct pipeline_id *pipeline)
{
    struct pipeline_id at = *pipeline;

    at.account = account_of(source->role_arn, at.account);
    at.region = source->region.len > 0 ? source->region : at.region;
    return at;
}

enum err_code commits_keep(const struct commits_ask *ask, const struct sv *ids, size_t count,
                           struct arena *arena, struct err *err)
{
    struct walk w = {.ask = ask, .arena = arena};
    struct sv missing[COMMITS_KEPT_MOST];
    struct commit *commits = NULL;
    size_t wanted = 0;
    size_t got = 0;
    enum err_code rc;

    for (size_t i = 0; i < count && wanted < COMMITS_KEPT_MOST; i++) {
        struct node node = {.commit = {.id = ids[i]}};

        if (!find_kept(&w, &node))
            missing[wanted++] = ids[i];
    }
    if (wanted == 0)
        return ERR_OK;
    rc = wanted == 1 ? ask_one(&w, missing[0], &commits, &got, err)
                     : ask_many(&w, missing, wanted, &commits, &got, err);
    for (size_t i = 0; rc == ERR_OK && i < got; i++)
        keep(&w, &commits[i]);
    return rc;
}

int64_t commits_time(struct cache *cache, const struct pipeline_id *at, struct sv repository,
                     struct sv id, struct arena *arena)
{
    CLEANUP(sb_release) struct sb key;
    const struct commits_ask ask = {.at = *at, .repository = repository};
    struct document_id document;
    struct commit commit;
    struct sv json;
    int64_t read_at;

    if (document_key(&ask, id, &key, &document, NULL) ||
        cache_get_document(cache, &document, arena, &json, &read_at, NULL) ||
        commit_document_parse(json, arena, &commit, NULL))
        return 0;
    return commit.at;
}

/* ---- the walk ---- */

static struct node *find_node(struct walk *w, struct sv id)
{
    for (size_t i = w->count; i > 0; i--) {
        if (sv_eq(w->nodes[i - 1].commit.id, id))
            return &w->nodes[i - 1];
    }
    return NULL;
}

/* False when there is no room: then more was walked than can be shown. */
static bool add_node(struct walk *w, struct sv id, bool is_old)
{
    if (w->count == NODES_MAX) {
        w->is_cut = w->is_cut || !is_old;
        return false;
    }
    w->nodes[w->count++] = (struct node){.commit = {.id = id}, .is_old = is_old};
    return true;
}

/* An old commit's ancestors are old, too, as far as they were met already. */
static void age(struct walk *w, struct node *node)
{
    struct node *waiting[NODES_MAX];
    size_t left = 0;

    if (node->is_old)
        return;
    node->is_old = true;
    waiting[left++] = node;
    while (left > 0) {
        struct node *at = waiting[--left];

        w->fresh -= at->is_known && !at->is_gone;
        for (size_t i = 0; i < at->commit.parent_count; i++) {
            struct node *parent = find_node(w, at->commit.parents[i]);

            if (parent == NULL || parent->is_old)
                continue;
            parent->is_old = true;
            waiting[left++] = parent;
        }
    }
}

static void meet_parents(struct walk *w, struct node *node)
{
    /* Growing never moves the nodes: they are all there from the start. */
    w->has_merge = w->has_merge || (!node->is_old && node->commit.parent_count > 1);
    for (size_t i = 0; i < node->commit.parent_count; i++) {
        struct node *parent = find_node(w, node->commit.parents[i]);

        w->is_met = w->is_met || (!node->is_old && sv_eq(node->commit.parents[i], w->ask->before));
        if (parent == NULL && !add_node(w, node->commit.parents[i], node->is_old))
            return;
        if (parent != NULL && node->is_old)
            age(w, parent);
    }
}

static void learn(struct walk *w, struct node *node)
{
    node->is_known = true;
    w->fresh += !node->is_old;
    meet_parents(w, node);
}

/* What a round wants: those of the new side, and with a merge the old side's, too. */
static size_t gather(const struct walk *w, struct sv *ids, bool *has_fresh)
{
    size_t count = 0;

    *has_fresh = false;
    for (size_t i = 0; i < w->count && count < BATCH_MAX; i++) {
        const struct node *node = &w->nodes[i];

        if (node->is_known || (node->is_old && !w->has_merge))
            continue;
        *has_fresh = *has_fresh || !node->is_old;
        ids[count++] = node->commit.id;
    }
    return count;
}

static enum err_code ask_round(struct walk *w, const struct sv *ids, size_t wanted, struct err *err)
{
    struct commit *commits = NULL;
    size_t count = 0;
    enum err_code rc = wanted == 1 ? ask_one(w, ids[0], &commits, &count, err)
                                   : ask_many(w, ids, wanted, &commits, &count, err);

    for (size_t i = 0; rc == ERR_OK && i < count; i++) {
        struct node *node = find_node(w, commits[i].id);

        if (node == NULL || node->is_known)
            continue;
        node->commit = commits[i];
        learn(w, node);
        keep(w, &commits[i]);
    }
    for (size_t i = 0; rc == ERR_OK && i < wanted; i++) {
        struct node *node = find_node(w, ids[i]);

        if (node == NULL || node->is_known)
            continue;
        node->is_known = node->is_gone = true;
    }
    return rc;
}

/* Takes what the cache has off the list. */
static size_t take_kept(struct walk *w, struct sv *ids, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        struct node *node = find_node(w, ids[i]);

        if (node != NULL && find_kept(w, node))
            learn(w, node);
        else
            ids[left++] = ids[i];
    }
    return left;
}

static enum err_code walk_on(struct walk *w, struct err *err)
{
    struct sv ids[BATCH_MAX];
    bool has_fresh;
    size_t wanted = gather(w, ids, &has_fresh);
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && has_fresh && w->fresh <= CARRIED_COMMITS_MAX && !w->is_cut) {
        wanted = take_kept(w, ids, wanted);
        if (wanted > 0)
            rc = ask_round(w, ids, wanted, err);
        wanted = gather(w, ids, &has_fresh);
    }
    w->is_cut = w->is_cut || has_fresh;
    return rc;
}

static enum err_code list(struct walk *w, struct commit **out, size_t *count, struct err *err)
{
    struct commit *commits = arena_alloc(w->arena, CARRIED_COMMITS_MAX, sizeof *commits);
    size_t used = 0;

    if (commits == NULL)
        return arena_err(w->arena, err);
    for (size_t i = 0; i < w->count; i++) {
        const struct node *node = &w->nodes[i];

        if (!node->is_known || node->is_old || node->is_gone)
            continue;
        if (used == CARRIED_COMMITS_MAX)
            w->is_cut = true;
        else
            commits[used++] = node->commit;
    }
    *out = commits;
    *count = used;
    return ERR_OK;
}

/* is_wide: the old side is walked as well, as neither may be an ancestor of the other. */
static enum err_code walk_all(const struct commits_ask *ask, bool is_wide, struct arena *arena,
                              struct walk *w, struct err *err)
{
    enum err_code rc;

    *w = (struct walk){.ask = ask, .arena = arena, .has_merge = is_wide};
    w->nodes = arena_alloc(arena, NODES_MAX, sizeof *w->nodes);
    if (w->nodes == NULL)
        return arena_err(arena, err);
    if (ask->before.len > 0)
        (void)add_node(w, ask->before, true);
    if (!sv_eq(ask->before, ask->after))
        (void)add_node(w, ask->after, false);
    rc = walk_on(w, err);
    for (size_t i = 0; i < w->count && !rc; i++) {
        if (w->nodes[i].is_gone && sv_eq(w->nodes[i].commit.id, ask->after))
            return err_set(err, ERR_NOT_FOUND,
                           "the repository " SV_FMT " has no commit " SV_FMT " (any more)",
                           SV_ARG(sv_take(ask->repository, 100)), SV_ARG(sv_take(ask->after, 40)));
    }
    return rc;
}

enum err_code commits_between(const struct commits_ask *ask, struct arena *arena,
                              struct commit **out, size_t *count, bool *is_cut, struct err *err)
{
    struct walk w;
    enum err_code rc = walk_all(ask, false, arena, &w, err);

    if (!rc)
        rc = list(&w, out, count, err);
    *is_cut = w.is_cut;
    return rc;
}

/* ---- both ways ---- */

static enum err_code list_new(struct walk *w, struct commits_change *out, struct err *err)
{
    enum err_code rc = list(w, &out->commits, &out->count, err);

    out->is_cut = w->is_cut;
    return rc;
}

static enum err_code count_taken(struct walk *w, struct commits_change *out, struct err *err)
{
    struct commit *commits;
    enum err_code rc = list(w, &commits, &out->taken, err);

    out->taken_cut = w->is_cut;
    return rc;
}

static int64_t written_at(struct walk *w)
{
    const struct node *node = find_node(w, w->ask->after);

    return node != NULL ? node->commit.at : 0;
}

/* Neither was met from the other: each has its own, as after a push by force or from another
 * branch; or they are further apart than is walked. */
static enum err_code compare_apart(struct walk *there, struct walk *back,
                                   struct commits_change *out, struct err *err)
{
    enum err_code rc;

    /* Only the clock tells then which is the older one. Not all is known, and that is said. */
    if (there->is_cut && back->is_cut && written_at(there) < written_at(back)) {
        out->is_cut = true;
        return count_taken(back, out, err);
    }
    if (there->is_cut)
        return list_new(there, out, err);
    rc = walk_all(there->ask, true, there->arena, there, err);
    if (!rc)
        rc = list_new(there, out, err);
    if (rc || out->is_cut)
        return rc;
    rc = walk_all(back->ask, true, back->arena, back, err);
    return rc ? rc : count_taken(back, out, err);
}

enum err_code commits_compare(const struct commits_ask *ask, bool is_back, struct arena *arena,
                              struct commits_change *out, struct err *err)
{
    struct commits_ask turned = *ask;
    struct walk there;
    struct walk back;
    enum err_code rc = ERR_OK;

    turned.before = ask->after;
    turned.after = ask->before;
    *out = (struct commits_change){.count = 0};
    if (is_back && ask->before.len > 0) {
        rc = walk_all(&turned, false, arena, &back, err);
        if (rc || back.is_met)
            return rc ? rc : count_taken(&back, out, err);
    }
    rc = walk_all(ask, false, arena, &there, err);
    if (rc || there.is_met || ask->before.len == 0 || sv_eq(ask->before, ask->after))
        return rc ? rc : list_new(&there, out, err);
    rc = walk_all(&turned, false, arena, &back, err);
    if (rc || back.is_met)
        return rc ? rc : count_taken(&back, out, err);
    return compare_apart(&there, &back, out, err);
}

/* ---- files ---- */

static void add_files(struct file_change *all, size_t *count, bool *is_cut,
                      const struct file_change *page, size_t page_count)
{
    for (size_t i = 0; i < page_count; i++) {
        if (*count == CARRIED_FILES_MAX) {
            *is_cut = true;
            break;
        }
        all[(*count)++] = page[i];
    }
}

enum err_code commits_files(const struct commits_ask *ask, struct arena *arena,
                            struct file_change **out, size_t *count, bool *is_cut, struct err *err)
{
    struct file_change *all = arena_alloc(arena, CARRIED_FILES_MAX, sizeof *all);
    struct sv token = SV_NONE;
    enum err_code rc = all == NULL ? arena_err(arena, err) : ERR_OK;

    *count = 0;
    *is_cut = false;
    while (rc == ERR_OK) {
        /* Without a commit before it, everything in it is new. */
        struct ask_member members[5] = {{"repositoryName", ask->repository},
                                        {"afterCommitSpecifier", ask->after}};
        const struct aws_reply *reply;
        struct file_change *page = NULL;
        size_t page_count = 0;
        size_t used = 2;

        if (ask->before.len > 0)
            members[used++] = (struct ask_member){"beforeCommitSpecifier", ask->before};
        if (token.len > 0)
            members[used++] = (struct ask_member){"NextToken", token};
        rc = ask_read(&ask->asker, OP_GET_DIFFERENCES, members, &reply, err);
        if (rc == ERR_OK)
            rc = decode_differences(reply->json, arena, &page, &page_count, err);
        if (rc)
            break;
        add_files(all, count, is_cut, page, page_count);
        token = json_sv(reply->json, "NextToken");
        *is_cut = *is_cut || (token.len > 0 && *count == CARRIED_FILES_MAX);
        if (token.len == 0 || *is_cut)
            break;
        token = arena_sv(arena, token);
        if (token.ptr == NULL)
            rc = arena_err(arena, err);
    }
    *out = all;
    return rc;
}
