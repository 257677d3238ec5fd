/* Repositories as such: made, found, listed, renamed, tagged and removed. */
#include "core/sandbox/codecommit.h"

#include <errno.h>
#include <ftw.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"
#include "core/sandbox/seed_repository.h"

enum { REPOSITORIES_MOST = 1000, DESCRIPTION_MOST = 1000, BATCH_MOST = 100 };

static cJSON *metadata(struct call *c, struct sv name, const cJSON *record)
{
    const struct service *s = c->service;
    char url[REPOSITORY_PATH_MAX];
    cJSON *out = cJSON_CreateObject();

    codecommit_url(s, name, url);
    if (!repo_check(
            c, out != NULL && member_put(out, "accountId", c->account) &&
                   member_put(out, "repositoryId", json_sv(record, "id")) &&
                   member_put(out, "repositoryName", name) &&
                   member_put(out, "repositoryDescription", json_sv(record, "description")) &&
                   member_put(out, "defaultBranch", json_sv(record, "defaultBranch")) &&
                   member_put(out, "cloneUrlHttp", sv_of(url)) &&
                   member_putf(out, "cloneUrlSsh",
                               "ssh://git-codecommit." SV_FMT ".amazonaws.com%s/v1/repos/" SV_FMT,
                               SV_ARG(c->region), sv_starts(c->region, SV("cn-")) ? ".cn" : "",
                               SV_ARG(name)) &&
                   member_put(out, "Arn", json_sv(record, "Arn"))))
        return out;
    call_put_time(c, out, "creationDate", json_int(record, "created", 0));
    call_put_time(c, out, "lastModifiedDate", json_int(record, "modified", 0));
    return out;
}

static int remove_one(const char *path, const struct stat *info UNUSED, int kind UNUSED,
                      struct FTW *walk UNUSED)
{
    return remove(path);
}

static void remove_files(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Arn and Tags are named as the tagging API looks for them in any record. */
static bool put_arn(struct call *c, cJSON *record, struct sv name)
{
    return member_putf(record, "Arn", "arn:%s:codecommit:" SV_FMT ":" SV_FMT ":" SV_FMT,
                       arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account),
                       SV_ARG(name));
}

static cJSON *new_record(struct call *c, struct sv name, const cJSON *tags)
{
    struct service *s = c->service;
    char id[UID_SIZE];
    uint64_t number;
    cJSON *record;

    if (!call_ok(c, records_next(s->records, &number, c->err)))
        return NULL;
    record = cJSON_CreateObject();
    (void)uid_text(uid_derive(s->token_seed, number), id);
    (void)repo_check(
        c, record != NULL && member_put(record, "id", sv_of(id)) && put_arn(c, record, name) &&
               member_put(record, "description", json_sv(c->in, "repositoryDescription")) &&
               member_put_int(record, "created", s->now_ms) &&
               member_put_int(record, "modified", s->now_ms) && codecommit_set_tags(record, tags));
    return record;
}

static void check_description(struct call *c)
{
    if (call_text(c, "repositoryDescription", false).len > DESCRIPTION_MOST)
        call_fail(c, 400, "InvalidRepositoryDescriptionException",
                  "The repository description is longer than %d characters.", DESCRIPTION_MOST);
}

static enum err_code count_one(void *owner, const struct record_key *key UNUSED,
                               const cJSON *value UNUSED, bool *goes_on UNUSED,
                               struct err *err UNUSED)
{
    ++*(int *)owner;
    return ERR_OK;
}

static void check_free(struct call *c, struct sv name)
{
    struct record_key all = {.kind = REPOSITORY_KIND, .account = c->account, .region = c->region};
    cJSON *old = repo_record(c, name);
    int count = 0;

    if (old != NULL)
        call_fail(c, 400, "RepositoryNameExistsException",
                  "Repository named " SV_FMT " already exists", SV_ARG(name));
    cJSON_Delete(old);
    if (!c->has_failed)
        (void)call_ok(c, record_each(c->service->records, &all, SV(""), count_one, &count, c->err));
    if (count >= REPOSITORIES_MOST)
        call_fail(c, 400, "RepositoryLimitExceededException",
                  "A repository resource limit was exceeded: this account has %d repositories.",
                  count);
}

void codecommit_create(struct call *c)
{
    struct sv name = codecommit_name(c, "repositoryName");
    const cJSON *tags = codecommit_tags(c);
    struct codecommit_place place = {c->account, c->region, name};
    char path[REPOSITORY_PATH_MAX];
    cJSON *record = NULL;

    check_description(c);
    if (!c->has_failed && faults_strike(c->service->faults, FAULT_NO_COMMIT, name))
        call_fail(c, 400, "OperationNotAllowedException",
                  "CreateRepository request is not allowed because there is no existing repository "
                  "in this AWS account or AWS Organization");
    check_free(c, name);
    if (!c->has_failed)
        record = new_record(c, name, tags);
    if (call_store(c, REPOSITORY_KIND, c->region, name, record) &&
        call_ok(c, codecommit_dir(c->service, &place, path, c->err))) {
        /* Files without a record are what an interrupted creation or removal left. */
        remove_files(path);
        if (call_ok(c, repository_create(path, c->err)))
            (void)call_add(c, c->out, "repositoryMetadata", metadata(c, name, record));
    }
    cJSON_Delete(record);
}

void codecommit_get(struct call *c)
{
    struct repo repo;

    if (repo_open(c, &repo))
        (void)call_add(c, c->out, "repositoryMetadata",
                       metadata(c, repo.place.repository, repo.record));
    repo_close(&repo);
}

static void get_one(struct call *c, cJSON *found, cJSON *missing, cJSON *errors, struct sv name)
{
    cJSON *record;
    cJSON *error;

    if (!codecommit_is_name(name)) {
        call_fail(c, 400, "InvalidRepositoryNameException",
                  "The repository name is not valid: " SV_FMT, SV_ARG(sv_take(name, 128)));
        return;
    }
    record = repo_record(c, name);
    if (record != NULL)
        (void)call_add(c, found, NULL, metadata(c, name, record));
    cJSON_Delete(record);
    if (c->has_failed || record != NULL)
        return;
    (void)call_add(c, missing, NULL, item_text(name));
    error = call_add(c, errors, NULL, cJSON_CreateObject());
    if (error != NULL)
        (void)repo_check(
            c, member_put(error, "repositoryName", name) &&
                   member_put(error, "errorCode", SV("RepositoryDoesNotExistException")) &&
                   member_putf(error, "errorMessage", SV_FMT " does not exist", SV_ARG(name)));
}

void codecommit_get_batch(struct call *c)
{
    const cJSON *names = json_get(c->in, "repositoryNames");
    cJSON *found;
    cJSON *missing;
    cJSON *errors;

    if (!cJSON_IsArray(names) || names->child == NULL) {
        call_fail(c, 400, "RepositoryNamesRequiredException", "Repository names are required.");
        return;
    }
    if (cJSON_GetArraySize(names) > BATCH_MOST) {
        call_fail(c, 400, "MaximumRepositoryNamesExceededException",
                  "The maximum number of allowed repository names was exceeded: %d.", BATCH_MOST);
        return;
    }
    found = call_add(c, c->out, "repositories", cJSON_CreateArray());
    missing = call_add(c, c->out, "repositoriesNotFound", cJSON_CreateArray());
    errors = call_add(c, c->out, "errors", cJSON_CreateArray());
    for (const cJSON *n = names->child; n != NULL && !c->has_failed; n = n->next)
        get_one(c, found, missing, errors, json_item_sv(n));
}

struct listed {
    char name[REPOSITORY_NAME_MAX + 1];
    char id[UID_SIZE];
    int64_t modified;
};

struct listing {
    struct call *c;
    struct listed *rows;
    size_t count;
};

static void add_row(struct listing *l, struct sv name, const cJSON *value)
{
    struct listed *row = &l->rows[l->count++];
    struct sv id = json_sv(value, "id");

    (void)snprintf(row->name, sizeof row->name, SV_FMT, SV_ARG(name));
    (void)snprintf(row->id, sizeof row->id, SV_FMT, SV_ARG(id));
    row->modified = json_int(value, "modified", 0);
}

/* A seeded one comes with the others of its kind. */
static enum err_code list_one(void *owner, const struct record_key *key, const cJSON *value,
                              bool *goes_on, struct err *err UNUSED)
{
    struct listing *l = owner;

    if (!json_bool(value, "IsSeeded", false))
        add_row(l, key->name, value);
    *goes_on = l->count < REPOSITORIES_MOST;
    return ERR_OK;
}

/* One that somebody made since in the place of a seeded one is listed already. Over AWS's limit of
 * repositories there is no more: a fleet has some that only their names lead to. */
static void list_seeded(void *owner, struct sv name)
{
    struct listing *l = owner;
    cJSON *record = l->count < REPOSITORIES_MOST ? repo_record(l->c, name) : NULL;

    if (json_bool(record, "IsSeeded", false) && codecommit_is_name(name))
        add_row(l, name, record);
    cJSON_Delete(record);
}

static int by_listed_name(const void *a, const void *b)
{
    return strcmp(((const struct listed *)a)->name, ((const struct listed *)b)->name);
}

static int by_modified(const void *a, const void *b)
{
    const struct listed *x = a;
    const struct listed *y = b;

    return (x->modified > y->modified) - (x->modified < y->modified);
}

static void check_order(struct call *c, struct sv sort, struct sv order)
{
    if (sort.len > 0 && !sv_eq(sort, SV("repositoryName")) && !sv_eq(sort, SV("lastModifiedDate")))
        call_fail(c, 400, "InvalidSortByException", "The specified sort by value is not valid.");
    if (order.len > 0 && !sv_eq(order, SV("ascending")) && !sv_eq(order, SV("descending")))
        call_fail(c, 400, "InvalidOrderException", "The specified sort order is not valid.");
    /* An account's repositories fit on one page, so no token was ever given. */
    if (call_text(c, "nextToken", false).len > 0)
        call_fail(c, 400, "InvalidContinuationTokenException",
                  "The specified continuation token is not valid.");
}

void codecommit_list(struct call *c)
{
    struct record_key all = {.kind = REPOSITORY_KIND, .account = c->account, .region = c->region};
    struct sv sort = call_text(c, "sortBy", false);
    struct sv order = call_text(c, "order", false);
    struct listing l = {.c = c};
    cJSON *list;

    check_order(c, sort, order);
    if (c->has_failed)
        return;
    l.rows = mem_array(REPOSITORIES_MOST, sizeof *l.rows);
    if (!repo_check(c, l.rows != NULL))
        return;
    list = call_add(c, c->out, "repositories", cJSON_CreateArray());
    if (!call_ok(c, record_each(c->service->records, &all, SV(""), list_one, &l, c->err)))
        l.count = 0;
    seed_repositories_each(c->service->world, c->account, c->region, list_seeded, &l);
    qsort(l.rows, l.count, sizeof *l.rows,
          sv_eq(sort, SV("lastModifiedDate")) ? by_modified : by_listed_name);
    for (size_t i = 0; i < l.count && !c->has_failed; i++) {
        const struct listed *row = &l.rows[sv_eq(order, SV("descending")) ? l.count - 1 - i : i];
        cJSON *item = call_add(c, list, NULL, cJSON_CreateObject());

        (void)repo_check(c, item != NULL && member_put(item, "repositoryName", sv_of(row->name)) &&
                                member_put(item, "repositoryId", sv_of(row->id)));
    }
    mem_free(l.rows);
}

/* A seeded one has no files; that it is gone is what its record then says. */
static void delete_seeded(struct call *c, struct sv name, cJSON *record)
{
    if (repo_check(c, member_set(record, "IsGone", cJSON_CreateTrue())) &&
        call_store(c, REPOSITORY_KIND, c->region, name, record))
        call_put(c, "repositoryId", json_sv(record, "id"));
}

/* The record goes first: files without one are nobody's. */
void codecommit_delete(struct call *c)
{
    struct sv name = codecommit_name(c, "repositoryName");
    cJSON *record = repo_record(c, name);
    struct record_key key = {
        .kind = REPOSITORY_KIND, .account = c->account, .region = c->region, .name = name};
    struct codecommit_place place = {c->account, c->region, name};
    char path[REPOSITORY_PATH_MAX];

    if (json_bool(record, "IsSeeded", false))
        delete_seeded(c, name, record);
    else if (record != NULL && call_ok(c, record_delete(c->service->records, &key, c->err)) &&
             call_ok(c, codecommit_dir(c->service, &place, path, c->err))) {
        call_put(c, "repositoryId", json_sv(record, "id"));
        if (!c->has_failed)
            remove_files(path);
    }
    cJSON_Delete(record);
}

void codecommit_describe(struct call *c)
{
    struct repo repo;

    check_description(c);
    if (repo_open(c, &repo)) {
        cJSON_DeleteItemFromObjectCaseSensitive(repo.record, "description");
        if (repo_check(
                c, member_put(repo.record, "description", json_sv(c->in, "repositoryDescription"))))
            (void)repo_save(&repo);
    }
    repo_close(&repo);
}

static void move_files(struct call *c, struct sv from, struct sv to)
{
    struct codecommit_place old = {c->account, c->region, from};
    struct codecommit_place new = {c->account, c->region, to};
    char old_path[REPOSITORY_PATH_MAX];
    char new_path[REPOSITORY_PATH_MAX];

    if (!call_ok(c, codecommit_dir(c->service, &old, old_path, c->err)) ||
        !call_ok(c, codecommit_dir(c->service, &new, new_path, c->err)))
        return;
    remove_files(new_path);
    if (rename(old_path, new_path) != 0)
        (void)call_ok(
            c, err_set(c->err, ERR_FAILED, "cannot rename a repository: %s", strerror(errno)));
}

void codecommit_rename(struct call *c)
{
    struct sv from = codecommit_name(c, "oldName");
    struct sv to = codecommit_name(c, "newName");
    struct record_key key = {
        .kind = REPOSITORY_KIND, .account = c->account, .region = c->region, .name = from};
    cJSON *record = repo_record(c, from);

    if (!c->has_failed && record == NULL)
        call_fail(c, 400, "RepositoryDoesNotExistException", SV_FMT " does not exist",
                  SV_ARG(from));
    if (json_bool(record, "IsSeeded", false))
        call_fail(c, 400, "AccessDeniedException",
                  "The repository of a seeded pipeline keeps its name");
    check_free(c, to);
    if (!c->has_failed &&
        repo_check(c, put_arn(c, record, to) &&
                          member_put_int(record, "modified", c->service->now_ms)) &&
        call_ok(c, record_delete(c->service->records, &key, c->err)) &&
        call_store(c, REPOSITORY_KIND, c->region, to, record))
        move_files(c, from, to);
    cJSON_Delete(record);
}
