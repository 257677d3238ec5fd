#include "core/operate/divergence.h"

#include "core/aws/commits.h"
#include "core/base/json.h"
#include "core/base/time.h"

enum { NODES_MAX = 600, ROUNDS_MAX = 60, BATCH_MAX = 100, BODY_MAX = 16 * 1024 };

enum { SIDE_ONE = 1, SIDE_OTHER = 2, SIDE_BOTH = 3 };

struct node {
    struct commit commit; /* only its id until it is known */
    bool is_known;
    bool is_gone;
    unsigned sides; /* from which it can be reached */
};

struct walk {
    const struct commits_ask *ask;
    struct arena *arena;
    struct node *nodes;
    size_t count;
    bool is_full;
};

static struct node *find(struct walk *w, struct sv id)
{
    for (size_t i = w->count; i > 0; i--) {
        if (sv_eq(w->nodes[i - 1].commit.id, id))
            return &w->nodes[i - 1];
    }
    return NULL;
}

/* Whoever is reachable from a side hands that on to its parents, as far as they are known. */
static void reach(struct walk *w, struct node *from, unsigned sides)
{
    size_t waiting[NODES_MAX];
    size_t left = 0;

    if ((from->sides | sides) == from->sides)
        return;
    from->sides |= sides;
    waiting[left++] = (size_t)(from - w->nodes);
    while (left > 0) {
        struct node *at = &w->nodes[waiting[--left]];

        for (size_t i = 0; i < at->commit.parent_count; i++) {
            struct node *parent = find(w, at->commit.parents[i]);

            if (parent == NULL || (parent->sides | at->sides) == parent->sides)
                continue;
            parent->sides |= at->sides;
            if (left < NODES_MAX)
                waiting[left++] = (size_t)(parent - w->nodes);
        }
    }
}

static void add(struct walk *w, struct sv id, unsigned sides)
{
    struct node *node = find(w, id);

    if (node != NULL)
        reach(w, node, sides);
    else if (w->count == NODES_MAX)
        w->is_full = true;
    else
        w->nodes[w->count++] = (struct node){.commit = {.id = id}, .sides = sides};
}

static void learn(struct walk *w, struct node *node, const struct commit *commit)
{
    node->commit = *commit;
    node->is_known = true;
    for (size_t i = 0; i < commit->parent_count; i++)
        add(w, commit->parents[i], node->sides);
}

/* ---- what is kept ---- */

static enum err_code write_key(const struct walk *w, struct sv id, struct sb *key,
                               struct document_id *out)
{
    enum err_code rc = sb_addf(key, NULL, SV_FMT "/" SV_FMT,
                               SV_ARG(sv_take(w->ask->repository, 200)), SV_ARG(sv_take(id, 100)));

    *out = (struct document_id){DOCUMENT_COMMIT, w->ask->at.partition, w->ask->at.account,
                                w->ask->at.region, sb_sv(key)};
    return rc;
}

static bool take_kept(struct walk *w, struct node *node)
{
    CLEANUP(sb_release) struct sb key;
    struct document_id id;
    struct commit commit;
    struct sv json;
    int64_t read_at;

    sb_init(&key, 1024);
    if (write_key(w, node->commit.id, &key, &id) ||
        cache_get_document(w->ask->asker.deploy->cache, &id, w->arena, &json, &read_at, NULL) ||
        commit_document_parse(json, w->arena, &commit, NULL) || !sv_eq(commit.id, node->commit.id))
        return false;
    learn(w, node, &commit);
    return true;
}

/* Not being able to keep it costs another call some day, no more. */
static void keep(const struct walk *w, const struct commit *commit)
{
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb json;
    struct document_id id;

    sb_init(&key, 1024);
    sb_init(&json, 64 * 1024);
    if (write_key(w, commit->id, &key, &id) || commit_document_write(commit, &json, NULL) ||
        cache_put_document(w->ask->asker.deploy->cache, &id, sb_sv(&json), time_wall_ms(), NULL))
        return;
}

/* ---- asking ---- */

static enum err_code write_batch(const struct walk *w, const struct sv *ids, size_t count,
                                 struct sb *body, struct err *err)
{
    struct jw jw;

    jw_init(&jw, body, err);
    jw_open(&jw, '{');
    jw_put_sv(&jw, "repositoryName", w->ask->repository);
    jw_name(&jw, "commitIds");
    jw_open(&jw, '[');
    for (size_t i = 0; i < count; i++)
        jw_sv(&jw, ids[i]);
    jw_close(&jw, ']');
    jw_close(&jw, '}');
    return jw_done(&jw);
}

static enum err_code ask(struct walk *w, const struct sv *ids, size_t wanted, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct asker *a = &w->ask->asker;
    const struct aws_reply *reply;
    struct commit *commits = NULL;
    size_t count = 0;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = write_batch(w, ids, wanted, &body, err);
    if (!rc)
        rc = deploy_read(a->task, a->deploy, a->session, OP_BATCH_GET_COMMITS, sb_sv(&body), &reply,
                         err);
    if (!rc)
        rc = decode_commits(reply->json, w->arena, &commits, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        struct node *node = find(w, commits[i].id);

        if (node == NULL || node->is_known)
            continue;
        learn(w, node, &commits[i]);
        keep(w, &commits[i]);
    }
    for (size_t i = 0; i < wanted && !rc; i++) {
        struct node *node = find(w, ids[i]);

        if (node != NULL && !node->is_known)
            node->is_known = node->is_gone = true;
    }
    return rc;
}

/* What only one side is known to reach, and nobody has looked at; what the cache has is looked at
 * here. */
static size_t gather(struct walk *w, struct sv ids[BATCH_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < w->count && count < BATCH_MAX; i++) {
        struct node *node = &w->nodes[i];

        if (node->is_known || node->sides == SIDE_BOTH || take_kept(w, node))
            continue;
        ids[count++] = node->commit.id;
    }
    return count;
}

/* A path that was met later may have joined both sides meanwhile. */
static void tell(const struct walk *w, struct divergence *out)
{
    *out = (struct divergence){.ahead = 0};
    for (size_t i = 0; i < w->count; i++) {
        const struct node *node = &w->nodes[i];
        bool is_open = !node->is_known || w->is_full;

        out->ahead += node->sides == SIDE_ONE && !node->is_gone;
        out->behind += node->sides == SIDE_OTHER && !node->is_gone;
        out->ahead_is_more |= node->sides == SIDE_ONE && is_open;
        out->behind_is_more |= node->sides == SIDE_OTHER && is_open;
    }
}

enum err_code divergence_find(const struct commits_ask *question, struct arena *arena,
                              struct divergence *out, struct err *err)
{
    struct walk w = {.ask = question, .arena = arena};
    struct sv ids[BATCH_MAX];
    enum err_code rc = ERR_OK;

    w.nodes = arena_alloc(arena, NODES_MAX, sizeof *w.nodes);
    if (w.nodes == NULL)
        return arena_err(arena, err);
    add(&w, question->after, SIDE_ONE);
    add(&w, question->before, SIDE_OTHER);
    for (int round = 0; round < ROUNDS_MAX && !rc && !w.is_full; round++) {
        size_t wanted = gather(&w, ids);

        if (wanted == 0)
            break;
        rc = ask(&w, ids, wanted, err);
    }
    for (size_t i = 0; i < 2 && i < w.count && !rc; i++) {
        if (w.nodes[i].is_gone)
            return err_set(err, ERR_NOT_FOUND, "the repository " SV_FMT " has no commit " SV_FMT,
                           SV_ARG(sv_take(question->repository, 100)),
                           SV_ARG(sv_take(w.nodes[i].commit.id, 40)));
    }
    if (!rc)
        tell(&w, out);
    return rc;
}
