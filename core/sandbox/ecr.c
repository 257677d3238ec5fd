/* Repositories of images. No image is ever kept: the registry itself is not here. */
#include "core/sandbox/ecr.h"

#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"
#include "core/sandbox/page.h"
#include "core/sandbox/tagging.h"

static bool is_name(struct sv name)
{
    for (size_t i = 0; i < name.len; i++) {
        char ch = name.ptr[i];

        if ((ch < '0' || ch > '9') && (ch < 'a' || ch > 'z') &&
            (i == 0 || strchr("._-/", ch) == NULL))
            return false;
    }
    return name.len >= 2 && name.len <= 256 && strchr("._-/", name.ptr[name.len - 1]) == NULL;
}

/* The repository, or NULL and the refusal. */
static cJSON *asked(struct call *c)
{
    struct sv name = call_text(c, "repositoryName", true);
    cJSON *repository = call_record(c, "ecr.repository", c->region, name);

    if (repository == NULL)
        call_fail(c, 400, "RepositoryNotFoundException",
                  "The repository with name '" SV_FMT
                  "' does not exist in the registry with id '" SV_FMT "'",
                  SV_ARG(sv_take(name, 256)), SV_ARG(c->account));
    return repository;
}

static void store(struct call *c, cJSON *repository, bool is_good)
{
    if (repository != NULL && !c->has_failed && call_ok(c, is_good ? ERR_OK : mem_err(c->err)))
        (void)call_store(c, "ecr.repository", c->region, json_sv(repository, "repositoryName"),
                         repository);
    cJSON_Delete(repository);
}

static cJSON *shown(struct call *c, const cJSON *repository)
{
    cJSON *out = cJSON_CreateObject();

    if (!members_copy(out, repository,
                      "registryId repositoryName repositoryUri imageTagMutability "
                      "imageScanningConfiguration encryptionConfiguration") ||
        !member_put(out, "repositoryArn", json_sv(repository, "Arn")))
        (void)call_ok(c, mem_err(c->err));
    call_put_time(c, out, "createdAt", json_int(repository, "createdAt", 0));
    return out;
}

static cJSON *new_repository(struct call *c, struct sv name)
{
    cJSON *made = cJSON_CreateObject();
    cJSON *scanning = made == NULL ? NULL : member_object(made, "imageScanningConfiguration");
    cJSON *encryption = made == NULL ? NULL : member_object(made, "encryptionConfiguration");

    if (call_ok(c, member_put(made, "repositoryName", name) &&
                           member_put(made, "registryId", c->account) &&
                           member_putf(made, "Arn",
                                       "arn:%s:ecr:" SV_FMT ":" SV_FMT ":repository/" SV_FMT,
                                       arn_partition(c->region), SV_ARG(c->region),
                                       SV_ARG(c->account), SV_ARG(name)) &&
                           member_putf(made, "repositoryUri",
                                       SV_FMT ".dkr.ecr." SV_FMT ".amazonaws.com/" SV_FMT,
                                       SV_ARG(c->account), SV_ARG(c->region), SV_ARG(name)) &&
                           member_put_int(made, "createdAt", c->service->now_ms) &&
                           member_put(made, "imageTagMutability", SV("MUTABLE")) &&
                           member_set(scanning, "scanOnPush", cJSON_CreateFalse()) &&
                           member_put(encryption, "encryptionType", SV("AES256")) &&
                           members_copy(made, c->in,
                                        "imageTagMutability imageScanningConfiguration "
                                        "encryptionConfiguration")
                       ? tags_merge(made, json_get(c->in, "tags"), c->err)
                       : mem_err(c->err)))
        return made;
    cJSON_Delete(made);
    return NULL;
}

void ecr_create(struct call *c)
{
    struct sv name = call_text(c, "repositoryName", true);
    cJSON *repository = call_record(c, "ecr.repository", c->region, name);

    if (!c->has_failed && !is_name(name))
        call_fail(c, 400, "InvalidParameterException",
                  "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must "
                  "satisfy regular expression "
                  "'(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''");
    if (repository != NULL)
        call_fail(c, 400, "RepositoryAlreadyExistsException",
                  "The repository with name '" SV_FMT
                  "' already exists in the registry with id '" SV_FMT "'",
                  SV_ARG(name), SV_ARG(c->account));
    cJSON_Delete(repository);
    repository = c->has_failed ? NULL : new_repository(c, name);
    if (repository != NULL && call_store(c, "ecr.repository", c->region, name, repository))
        (void)call_add(c, c->out, "repository", shown(c, repository));
    cJSON_Delete(repository);
}

void ecr_describe(struct call *c)
{
    const struct page page = {.list = "repositories",
                              .next = "nextToken",
                              .limit = "maxResults",
                              .token = "nextToken",
                              .usual = 100,
                              .most = 1000,
                              .bad_token = "InvalidParameterException"};
    cJSON *list;

    if (json_get(c->in, "repositoryNames") == NULL) {
        page_put(c, &page, page_collect(c, "ecr.repository", c->region, SV(""), shown));
        return;
    }
    list = call_add(c, c->out, "repositories", cJSON_CreateArray());
    for (const cJSON *n = json_list(c->in, "repositoryNames"); n != NULL && !c->has_failed;
         n = n->next) {
        cJSON *repository = call_record(c, "ecr.repository", c->region, json_item_sv(n));

        if (repository == NULL)
            call_fail(c, 400, "RepositoryNotFoundException",
                      "The repository with name '" SV_FMT
                      "' does not exist in the registry with id '" SV_FMT "'",
                      SV_ARG(sv_take(json_item_sv(n), 256)), SV_ARG(c->account));
        else
            (void)call_add(c, list, NULL, shown(c, repository));
        cJSON_Delete(repository);
    }
}

void ecr_delete(struct call *c)
{
    cJSON *repository = asked(c);
    struct record_key key = {.kind = "ecr.repository",
                             .account = c->account,
                             .region = c->region,
                             .name = json_sv(repository, "repositoryName")};

    if (repository != NULL && call_ok(c, record_delete(c->service->records, &key, c->err)))
        (void)call_add(c, c->out, "repository", shown(c, repository));
    cJSON_Delete(repository);
}

void ecr_list_images(struct call *c)
{
    cJSON_Delete(asked(c));
    (void)call_add(c, c->out, "imageIds", cJSON_CreateArray());
}

void ecr_describe_images(struct call *c)
{
    cJSON_Delete(asked(c));
    for (const cJSON *i = json_list(c->in, "imageIds"); i != NULL; i = i->next)
        call_fail(c, 400, "ImageNotFoundException",
                  "The image with imageId {imageTag:'" SV_FMT "'} does not exist within the "
                  "repository with name '" SV_FMT "' in the registry with id '" SV_FMT "'",
                  SV_ARG(sv_take(json_sv(i, "imageTag"), 128)),
                  SV_ARG(sv_take(call_text(c, "repositoryName", true), 256)), SV_ARG(c->account));
    (void)call_add(c, c->out, "imageDetails", cJSON_CreateArray());
}

/* Good for no registry: "AWS" and a password that says so. */
void ecr_get_token(struct call *c)
{
    CLEANUP(sb_release) struct sb token;
    cJSON *list = call_add(c, c->out, "authorizationData", cJSON_CreateArray());
    cJSON *row = call_add(c, list, NULL, cJSON_CreateObject());

    sb_init(&token, 256);
    if (!call_ok(c, base64_encode(SV("AWS:penstock-sandbox-has-no-registry"), &token, c->err)))
        return;
    (void)call_add(c, row, "authorizationToken", item_text(sb_sv(&token)));
    call_put_time(c, row, "expiresAt", c->service->now_ms + 12LL * 60 * 60 * 1000);
    if (!member_putf(row, "proxyEndpoint", "https://" SV_FMT ".dkr.ecr." SV_FMT ".amazonaws.com",
                     SV_ARG(c->account), SV_ARG(c->region)))
        (void)call_ok(c, mem_err(c->err));
}

/* ---- documents of a repository: kept and given as they are ---- */

enum document_deed { DEED_PUT, DEED_GET, DEED_DELETE };

static void do_document(struct call *c, enum document_deed deed, const char *member,
                        const char *missing)
{
    struct sv text = call_text(c, member, deed == DEED_PUT);
    cJSON *repository = asked(c);
    struct sv name = json_sv(repository, "repositoryName");
    bool is_good = true;

    if (repository != NULL && deed != DEED_PUT && json_get(repository, member) == NULL)
        call_fail(c, 400, missing,
                  "There is no such policy for the repository with name '" SV_FMT "'",
                  SV_ARG(name));
    call_put(c, "registryId", c->account);
    call_put(c, "repositoryName", name);
    if (deed == DEED_PUT)
        is_good = member_put(repository, member, text);
    call_put_copy(c, member, json_get(repository, member));
    if (deed == DEED_DELETE)
        cJSON_DeleteItemFromObjectCaseSensitive(repository, member);
    store(c, repository, is_good);
}

static const char no_lifecycle[] = "LifecyclePolicyNotFoundException";
static const char no_policy[] = "RepositoryPolicyNotFoundException";

void ecr_put_lifecycle(struct call *c)
{
    do_document(c, DEED_PUT, "lifecyclePolicyText", no_lifecycle);
}

void ecr_get_lifecycle(struct call *c)
{
    do_document(c, DEED_GET, "lifecyclePolicyText", no_lifecycle);
}

void ecr_delete_lifecycle(struct call *c)
{
    do_document(c, DEED_DELETE, "lifecyclePolicyText", no_lifecycle);
}

void ecr_set_policy(struct call *c)
{
    do_document(c, DEED_PUT, "policyText", no_policy);
}

void ecr_get_policy(struct call *c)
{
    do_document(c, DEED_GET, "policyText", no_policy);
}

void ecr_delete_policy(struct call *c)
{
    do_document(c, DEED_DELETE, "policyText", no_policy);
}

static void set_member(struct call *c, const char *member)
{
    cJSON *repository = asked(c);

    call_put(c, "registryId", c->account);
    call_put(c, "repositoryName", json_sv(repository, "repositoryName"));
    call_put_copy(c, member, json_get(c->in, member));
    store(c, repository, members_copy(repository, c->in, member));
}

void ecr_put_mutability(struct call *c)
{
    set_member(c, "imageTagMutability");
}

void ecr_put_scanning(struct call *c)
{
    set_member(c, "imageScanningConfiguration");
}

/* ---- tags ---- */

static cJSON *tagged(struct call *c)
{
    struct sv arn = call_text(c, "resourceArn", true);
    ptrdiff_t at = sv_find(arn, SV(":repository/"));
    cJSON *repository =
        at < 0 ? NULL : call_record(c, "ecr.repository", c->region, sv_drop(arn, (size_t)at + 12));

    if (repository == NULL)
        call_fail(c, 400, "RepositoryNotFoundException", "The repository " SV_FMT " does not exist",
                  SV_ARG(sv_take(arn, 300)));
    return repository;
}

void ecr_tag(struct call *c)
{
    cJSON *repository = tagged(c);

    if (repository != NULL)
        (void)call_ok(c, tags_merge(repository, json_get(c->in, "tags"), c->err));
    store(c, repository, true);
}

void ecr_untag(struct call *c)
{
    cJSON *repository = tagged(c);

    tags_drop(repository, json_get(c->in, "tagKeys"));
    store(c, repository, true);
}

void ecr_list_tags(struct call *c)
{
    cJSON *repository = tagged(c);

    if (repository != NULL)
        (void)call_add(c, c->out, "tags", tags_list(repository, "Key", "Value"));
    cJSON_Delete(repository);
}
