/* The chain: runs a plan (cred_plan.c) from its source through its roles, keeps what came of it,
 * and begins anew before it ends. One run at a time, however many wait for it. */
#include "core/aws/cred_provider.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum {
    ADVISORY_MS = 15 * 60 * 1000,
    MANDATORY_MS = 10 * 60 * 1000,
    HOLD_OFF_MS = 60 * 1000, /* between two refreshes, failed or too short-lived */
    SPARE_MS = 30 * 1000,    /* what short-lived ones must still have to be used again */
    PROCESS_LIMIT_MS = 60 * 1000
};

struct waiter {
    cred_done_fn *done;
    void *owner;
    uint64_t generation;
    struct waiter *next;
};

struct cred_chain {
    struct aws *aws;
    const struct aws_settings *settings;
    struct cred_role role;      /* when it has a base, it is all there is */
    struct aws_files own_files; /* read again after an expiry error */
    bool has_own_files;
    struct cred cred;
    bool has_cred;
    bool is_expired;      /* AWS said so */
    int64_t refreshed_at; /* monotonic; 0 = never */
    int64_t failed_at;
    struct err failure;
    struct cred_plan plan; /* of the run */
    struct cred_request request;
    size_t roles_left;
    bool is_at_source;  /* and not at a role yet */
    struct cred source; /* what the run has so far */
    struct cred_task *task;
    struct waiter *waiters; /* in order */
    uint64_t generation;
    uint64_t timer; /* tells waiters about a run that ended at once */
    bool is_telling;
    bool is_freed; /* by a callback; the memory goes when tell is through */
    int process_limit_ms;
    int hold_off_ms;
};

enum err_code cred_chain_new(struct aws *aws, const struct aws_settings *settings,
                             struct cred_chain **out, struct err *err)
{
    struct cred_chain *chain = mem_alloc(sizeof *chain);

    if (chain == NULL)
        return mem_err(err);
    *chain = (struct cred_chain){.aws = aws,
                                 .settings = settings,
                                 .process_limit_ms = PROCESS_LIMIT_MS,
                                 .hold_off_ms = HOLD_OFF_MS};
    cred_init(&chain->cred);
    cred_init(&chain->source);
    *out = chain;
    return ERR_OK;
}

enum err_code cred_chain_new_role(struct aws *aws, const struct aws_settings *settings,
                                  struct cred_role *role, struct cred_chain **out, struct err *err)
{
    enum err_code rc;

    if (role->arn == NULL || role->external_id == NULL || role->session_name == NULL)
        rc = mem_err(err);
    else
        rc = cred_chain_new(aws, settings, out, err);
    if (rc)
        cred_role_release(role);
    else
        (*out)->role = *role;
    return rc;
}

void cred_chain_set_process_limit(struct cred_chain *chain, int limit_ms)
{
    chain->process_limit_ms = limit_ms;
}

void cred_chain_set_hold_off(struct cred_chain *chain, int hold_off_ms)
{
    chain->hold_off_ms = hold_off_ms;
}

static void stop(struct cred_chain *chain)
{
    cred_task_cancel(chain->task);
    chain->task = NULL;
    cred_release(&chain->source);
}

static void drop_waiters(struct cred_chain *chain)
{
    while (chain->waiters != NULL) {
        struct waiter *next = chain->waiters->next;

        mem_free(chain->waiters);
        chain->waiters = next;
    }
}

void cred_chain_free(struct cred_chain *chain)
{
    if (chain == NULL)
        return;
    stop(chain);
    net_timer_cancel(aws_net(chain->aws), chain->timer);
    drop_waiters(chain);
    cred_release(&chain->cred);
    cred_role_release(&chain->role);
    aws_files_release(&chain->own_files);
    chain->is_freed = true;
    if (!chain->is_telling)
        mem_free(chain);
}

static enum err_code no_credentials(const struct cred_chain *chain, struct err *err)
{
    if (chain->plan.must_answer)
        return err_set(
            err, ERR_AUTH,
            "profile \"%s\" has credential_source = Ec2InstanceMetadata, but no instance "
            "metadata service answers here, or it knows no role",
            chain->plan.profile);
    return err_set(err, ERR_AUTH,
                   "there are no AWS credentials for profile \"%s\"%s: run \"aws configure\", or "
                   "choose another profile with --profile or AWS_PROFILE",
                   chain->settings->profile,
                   aws_env_get(chain->settings->env, "HOME") == NULL ? " (HOME is not set)" : "");
}

static enum err_code accept(struct cred_chain *chain, struct err *err)
{
    const struct cred *got = &chain->source;

    if (got->expires_at_ms != 0 && got->expires_at_ms <= time_wall_ms())
        return err_set(err, ERR_AUTH, "the credentials from %s have expired; renew them",
                       got->provider);
    cred_release(&chain->cred);
    chain->cred = chain->source;
    cred_init(&chain->source);
    chain->has_cred = true;
    chain->refreshed_at = time_mono_ms();
    chain->failed_at = 0;
    return ERR_OK;
}

static void on_task(void *owner, struct cred *cred, const struct err *err);

/* From the source to the next role, until there is none: ERR_PENDING while a task works. */
static enum err_code go_on(struct cred_chain *chain, struct err *err)
{
    enum err_code rc;

    if (chain->roles_left == 0)
        return accept(chain, err);
    chain->is_at_source = false;
    chain->roles_left--;
    chain->request.profile = chain->plan.roles[chain->roles_left];
    rc = cred_role_start(&chain->request, &chain->source, on_task, chain, &chain->task, err);
    cred_release(&chain->source);
    return rc ? rc : ERR_PENDING;
}

static enum err_code start_source(struct cred_chain *chain, struct err *err)
{
    const struct cred_request *r = &chain->request;
    enum err_code rc = ERR_OK;

    chain->is_at_source = true;
    switch (chain->plan.source) {
    case CRED_ENVIRONMENT:
        rc = cred_from_environment(chain->settings->env, &chain->source, err);
        return rc ? rc : go_on(chain, err);
    case CRED_SHARED_FILE:
    case CRED_CONFIG_FILE:
        rc = cred_from_file(r, chain->plan.source, &chain->source, err);
        return rc ? rc : go_on(chain, err);
    case CRED_WEB_IDENTITY:
        rc = cred_web_start(r, on_task, chain, &chain->task, err);
        break;
    case CRED_PROCESS:
        rc = cred_process_start(r, on_task, chain, &chain->task, err);
        break;
    case CRED_CONTAINER:
        rc = cred_container_start(r, on_task, chain, &chain->task, err);
        break;
    case CRED_NONE:
    case CRED_IMDS:
        rc = cred_imds_start(r, on_task, chain, &chain->task, err);
        break;
    }
    return rc ? rc : ERR_PENDING;
}

static enum err_code failed(struct cred_chain *chain, enum err_code rc, struct err *err)
{
    if (rc == ERR_NOT_FOUND && chain->is_at_source)
        rc = no_credentials(chain, err);
    cred_release(&chain->source);
    chain->failed_at = time_mono_ms();
    chain->failure = *err;
    chain->failure.code = rc;
    log_info("%s", err->text);
    return rc;
}

/* What the files and the environment say. */
static enum err_code start_plan(struct cred_chain *chain, struct err *err)
{
    enum err_code rc;

    chain->request = (struct cred_request){
        .aws = chain->aws,
        .settings = chain->settings,
        .files = chain->has_own_files ? &chain->own_files : chain->settings->files,
        .process_limit_ms = chain->process_limit_ms,
    };
    rc = cred_plan_make(chain->settings, chain->request.files, &chain->plan, err);
    if (rc)
        return rc;
    chain->request.profile = chain->plan.profile;
    chain->request.use_env = chain->plan.use_env;
    chain->roles_left = chain->plan.role_count;
    return start_source(chain, err);
}

static enum err_code start_role(struct cred_chain *chain, struct err *err)
{
    enum err_code rc =
        cred_assume_start(chain->aws, &chain->role, on_task, chain, &chain->task, err);

    return rc ? rc : ERR_PENDING;
}

/* ERR_OK, ERR_PENDING or the failure. */
static enum err_code start(struct cred_chain *chain, struct err *err)
{
    struct err own = {0};
    enum err_code rc;

    rc = chain->role.base != NULL ? start_role(chain, &own) : start_plan(chain, &own);
    if (rc == ERR_OK || rc == ERR_PENDING)
        return rc;
    rc = failed(chain, rc, &own);
    if (err != NULL)
        *err = own;
    return rc;
}

/* Tell all who wait as of now. They may do anything, free the chain included. */
static void tell(struct cred_chain *chain, bool is_ok)
{
    const struct err failure = chain->failure;
    uint64_t generation = chain->generation++;

    chain->is_telling = true;
    while (chain->waiters != NULL && chain->waiters->generation <= generation) {
        struct waiter first = *chain->waiters;
        bool has = is_ok && chain->has_cred;

        mem_free(chain->waiters);
        chain->waiters = first.next;
        first.done(first.owner, has ? &chain->cred : NULL, has ? NULL : &failure);
    }
    chain->is_telling = false;
    if (chain->is_freed)
        mem_free(chain);
}

static void on_task(void *owner, struct cred *cred, const struct err *err)
{
    struct cred_chain *chain = owner;
    struct err own = {0};
    enum err_code rc;

    chain->task = NULL;
    if (err != NULL) {
        own = *err;
        rc = err->code;
    } else {
        chain->source = *cred;
        cred_init(cred);
        rc = go_on(chain, &own);
    }
    if (rc == ERR_PENDING)
        return;
    if (rc)
        rc = failed(chain, rc, &own);
    tell(chain, rc == ERR_OK);
}

static void on_settled(void *owner, uint64_t id UNUSED)
{
    struct cred_chain *chain = owner;

    chain->timer = 0;
    if (chain->task == NULL)
        tell(chain, chain->has_cred);
}

/* A run ended inside cred_get while others still wait; they are told from the loop. */
static void settle(struct cred_chain *chain)
{
    if (chain->waiters != NULL && chain->timer == 0)
        chain->timer = net_timer_start(aws_net(chain->aws), 0, on_settled, chain);
}

void cred_expired(struct cred_chain *chain)
{
    chain->is_expired = true;
}

static enum err_code start_over(struct cred_chain *chain, struct err *err)
{
    struct aws_files files;
    enum err_code rc = ERR_OK;

    if (chain->role.base == NULL)
        rc = aws_files_load(chain->settings->env, &files, err);
    if (rc)
        return rc;
    /* The run's plan points into the files that go now. */
    stop(chain);
    if (chain->role.base == NULL) {
        aws_files_release(&chain->own_files);
        chain->own_files = files;
        chain->has_own_files = true;
    }
    chain->is_expired = false;
    chain->has_cred = false;
    cred_release(&chain->cred);
    return ERR_OK;
}

static enum err_code wait_for_it(struct cred_chain *chain, cred_done_fn *done, void *owner,
                                 struct err *err)
{
    struct waiter *waiter = mem_alloc(sizeof *waiter);
    struct waiter **end = &chain->waiters;

    if (waiter == NULL)
        return mem_err(err);
    while (*end != NULL)
        end = &(*end)->next;
    *waiter = (struct waiter){.done = done, .owner = owner, .generation = chain->generation};
    *end = waiter;
    return ERR_PENDING;
}

static bool is_recent(const struct cred_chain *chain, int64_t at_ms)
{
    return at_ms != 0 && time_mono_ms() - at_ms < chain->hold_off_ms;
}

/* In the last quarter of an hour a new set is fetched while the old one is still given out. */
static void refresh_early(struct cred_chain *chain)
{
    if (chain->task != NULL || is_recent(chain, chain->failed_at) ||
        is_recent(chain, chain->refreshed_at))
        return;
    /* A failure is remembered and logged; the old set is still good. */
    (void)(start(chain, NULL) == ERR_OK);
}

/* True when what we have can be given out now. */
static bool is_at_hand(struct cred_chain *chain)
{
    int64_t left;

    if (!chain->has_cred)
        return false;
    if (chain->cred.expires_at_ms == 0)
        return true;
    left = chain->cred.expires_at_ms - time_wall_ms();
    if (left < ADVISORY_MS && left >= MANDATORY_MS)
        refresh_early(chain);
    /* A source that gives ten minutes at most would else be asked for each call. */
    return left >= MANDATORY_MS || (left > SPARE_MS && is_recent(chain, chain->refreshed_at));
}

enum err_code cred_get(struct cred_chain *chain, cred_done_fn *done, void *owner,
                       const struct cred **cred, struct err *err)
{
    enum err_code rc = ERR_PENDING;

    if (chain->is_expired) {
        rc = start_over(chain, err);
        if (rc)
            return rc;
    }
    if (!is_at_hand(chain)) {
        rc = chain->task != NULL ? ERR_PENDING : start(chain, err);
        if (rc == ERR_PENDING)
            return wait_for_it(chain, done, owner, err);
        settle(chain);
        if (rc)
            return rc;
    }
    *cred = &chain->cred;
    return ERR_OK;
}

void cred_cancel(struct cred_chain *chain, void *owner)
{
    struct waiter **at = &chain->waiters;

    while (*at != NULL) {
        struct waiter *waiter = *at;

        if (waiter->owner == owner) {
            *at = waiter->next;
            mem_free(waiter);
        } else {
            at = &waiter->next;
        }
    }
}
