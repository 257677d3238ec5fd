/* CodeBuild's builds go on: one step after the other, a phase or a command of it.
 *
 * Kept in the build's work: "spec"; "list" and "at", the command that comes next; "error" of the
 * phase that goes on, "failed" of all. */
#include <ctype.h>

#include "core/base/mem.h"
#include "core/sandbox/buildspec.h"
#include "core/sandbox/codebuild_work.h"
#include "core/sandbox/members.h"

enum { FILE_CAP = 8 << 20, WHY_SIZE = 2048 };

static const int64_t COMMAND_MS = 2000;
static const int64_t LOOK_AGAIN_MS = 5000;

static enum err_code move_on(struct build *b, const char *phase, int64_t ms)
{
    enum err_code rc = build_begin_phase(b, phase);

    return rc ? rc : build_plan(b, ms);
}

/* The phase fails, and with it the build; nothing but the end comes after. */
static enum err_code give_up(struct build *b, const char *code, const char *message)
{
    enum err_code rc = build_say(b, "Phase complete: " SV_FMT " State: FAILED",
                                 SV_ARG(json_sv(b->record, "currentPhase")));

    if (!rc)
        rc = build_say(b, "Phase context status code: %s Message: %s", code, message);
    if (!rc)
        rc = build_end_phase(b, "FAILED", code, message);
    if (!rc && !member_set(b->work, "failed", cJSON_CreateTrue()))
        rc = mem_err(b->err);
    return rc ? rc : move_on(b, "FINALIZING", 1000);
}

static enum err_code queued(struct build *b)
{
    enum err_code rc = build_end_phase(b, "SUCCEEDED", NULL, NULL);

    return rc ? rc : move_on(b, "PROVISIONING", 6000);
}

/* The group and stream are told once they are there. */
static enum err_code show_logs(struct build *b)
{
    cJSON *logs = member_object(b->record, "logs");
    struct sv group = json_sv(b->work, "group");
    struct sv stream = json_sv(b->work, "stream");

    if (group.len == 0)
        return ERR_OK;
    return logs != NULL && member_put(logs, "groupName", group) &&
                   member_put(logs, "streamName", stream) &&
                   member_putf(logs, "cloudWatchLogsArn",
                               "arn:%s:logs:" SV_FMT ":" SV_FMT ":log-group:" SV_FMT
                               ":log-stream:" SV_FMT,
                               arn_partition(b->region), SV_ARG(b->region), SV_ARG(b->account),
                               SV_ARG(group), SV_ARG(stream)) &&
                   member_putf(logs, "deepLink",
                               "https://console.aws.amazon.com/cloudwatch/home?region=" SV_FMT
                               "#logsV2:log-groups/log-group/" SV_FMT "/log-events/" SV_FMT,
                               SV_ARG(b->region), SV_ARG(group), SV_ARG(stream))
               ? ERR_OK
               : mem_err(b->err);
}

/* The service role must be there, trust CodeBuild and let it write its log. */
static enum err_code check_role(struct build *b, char *why)
{
    struct iam_caller caller = {.arn = SV("codebuild.amazonaws.com")};
    struct sv role = json_sv(b->work, "role");
    char told[IAM_WHY_MAX] = "";
    char arn[1200];
    bool may = false;
    enum err_code rc;

    why[0] = '\0';
    if (role.len == 0) /* of a seeded project */
        return ERR_OK;
    rc = iam_may_assume(b->s, &caller, role, &may, told, b->err);
    if (rc)
        return rc;
    if (!may) {
        (void)snprintf(why, WHY_SIZE,
                       "CodeBuild is not authorized to perform: sts:AssumeRole on " SV_FMT,
                       SV_ARG(role));
        return ERR_OK;
    }
    if (json_sv(b->work, "group").len == 0)
        return ERR_OK;
    (void)snprintf(arn, sizeof arn,
                   "arn:%s:logs:" SV_FMT ":" SV_FMT ":log-group:" SV_FMT ":log-stream:" SV_FMT,
                   arn_partition(b->region), SV_ARG(b->region), SV_ARG(b->account),
                   SV_ARG(json_sv(b->work, "group")), SV_ARG(json_sv(b->work, "stream")));
    rc = iam_role_allows(b->s, role, SV("logs:CreateLogStream"), sv_of(arn), &may, b->err);
    if (!rc && !may)
        (void)snprintf(why, WHY_SIZE,
                       "Service role " SV_FMT " does not allow AWS CodeBuild to create Amazon "
                       "CloudWatch Logs log streams for build %s. Error message: User is not "
                       "authorized to perform: logs:CreateLogStream on resource: %s because no "
                       "identity-based policy allows the logs:CreateLogStream action",
                       SV_ARG(role), b->id, arn);
    return rc;
}

static enum err_code provisioning(struct build *b)
{
    char why[WHY_SIZE];
    enum err_code rc = check_role(b, why);

    if (!rc && why[0] != '\0') {
        /* There is no log to say it in. */
        if (!member_put(b->work, "group", SV("")))
            return mem_err(b->err);
        return give_up(b, "ACCESS_DENIED", why);
    }
    if (!rc)
        rc = build_end_phase(b, "SUCCEEDED", NULL, NULL);
    if (!rc)
        rc = show_logs(b);
    if (!rc)
        rc = build_say(b, "Waiting for agent ping");
    if (!rc)
        rc = build_say(b, "Waiting for DOWNLOAD_SOURCE");
    return rc ? rc : move_on(b, "DOWNLOAD_SOURCE", 3000);
}

/* ---- the source ---- */

static bool is_commit(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!isxdigit((unsigned char)text.ptr[i]))
            return false;
    }
    return text.len == 40;
}

/* Which commit, unless the pipeline said so. Into the work; stays empty when there is none. */
static enum err_code resolve(struct build *b)
{
    struct codecommit_place place = {.account = json_sv(b->work, "account"),
                                     .region = json_sv(b->work, "region"),
                                     .repository = json_sv(b->work, "repository")};
    struct sv wanted = json_sv(b->record, "sourceVersion");
    char commit[COMMIT_TEXT] = "";
    enum err_code rc = ERR_OK;

    if (place.repository.len == 0 || json_sv(b->work, "commit").len > 0)
        return ERR_OK;
    if (sv_starts(wanted, SV("refs/heads/")))
        wanted = sv_drop(wanted, 11);
    if (is_commit(wanted))
        (void)snprintf(commit, sizeof commit, SV_FMT, SV_ARG(wanted));
    else
        rc = codecommit_head(b->s, &place, wanted.len > 0 ? wanted : SV("main"), commit, b->err);
    if (!rc &&
        (!member_put(b->work, "commit", sv_of(commit)) ||
         (commit[0] != '\0' && !member_put(b->record, "resolvedSourceVersion", sv_of(commit)))))
        rc = mem_err(b->err);
    return rc;
}

/* What comes through a connection is not at hand: a build of it does what a starter app's would. */
static const char stand_in[] = "version: 0.2\n"
                               "phases:\n"
                               "  build:\n"
                               "    commands:\n"
                               "      - npx cdk deploy --all --require-approval never\n";

/* The buildspec's text: inline, or a file of the commit. */
static enum err_code find_spec(struct build *b, struct sb *out, char *why)
{
    struct sv given = json_sv(json_get(b->record, "source"), "buildspec");
    struct err missing = {0};

    if (sv_find(given, SV("\n")) >= 0 || sv_starts(given, SV("version")) ||
        sv_starts(given, SV("{")))
        return sb_add(out, given, b->err);
    if (json_sv(b->work, "repository").len == 0)
        return sb_add(out, sv_of(stand_in), b->err);
    if (given.len == 0)
        given = SV("buildspec.yml");
    if (build_file(b, given, out, &missing) == ERR_OK)
        return ERR_OK;
    if (missing.code != ERR_NOT_FOUND)
        return err_set(b->err, missing.code, "%s", missing.text);
    (void)snprintf(why, WHY_SIZE,
                   "stat /codebuild/output/src/" SV_FMT ": no such file or directory",
                   SV_ARG(sv_take(given, 1000)));
    return ERR_OK;
}

static enum err_code read_spec(struct build *b, char *why)
{
    CLEANUP(sb_release) struct sb text;
    struct err wrong = {0};
    cJSON *spec = NULL;
    enum err_code rc;

    sb_init(&text, FILE_CAP);
    rc = find_spec(b, &text, why);
    if (rc || why[0] != '\0')
        return rc;
    if (buildspec_read(sb_sv(&text), &spec, &wrong)) {
        (void)snprintf(why, WHY_SIZE, "%s", wrong.text);
        return ERR_OK;
    }
    return member_set(b->work, "spec", spec) ? ERR_OK : mem_err(b->err);
}

static enum err_code download(struct build *b)
{
    char why[WHY_SIZE] = "";
    enum err_code rc = resolve(b);

    if (rc)
        return rc;
    if (json_sv(b->work, "repository").len > 0 && json_sv(b->work, "commit").len == 0)
        return give_up(b, "CLIENT_ERROR",
                       "authorization failed or reference not found for primary source");
    rc = read_spec(b, why);
    if (rc)
        return rc;
    if (why[0] != '\0')
        return give_up(b, "YAML_FILE_ERROR", why);
    rc = build_make_environment(b, json_get(b->work, "spec"), why, sizeof why);
    if (rc)
        return rc;
    if (why[0] != '\0')
        return give_up(b, "Decrypted Variables Error", why);
    rc = build_say(b, "Phase complete: DOWNLOAD_SOURCE State: SUCCEEDED");
    if (!rc)
        rc = build_end_phase(b, "SUCCEEDED", NULL, NULL);
    return rc ? rc : move_on(b, "INSTALL", 1000);
}

/* ---- the commands ---- */

static const struct phase {
    const char *name;
    const char *member; /* of the buildspec */
    const char *next;
    const char *after_failure;
} phases[] = {
    {"INSTALL", "install", "PRE_BUILD", "UPLOAD_ARTIFACTS"},
    {"PRE_BUILD", "pre_build", "BUILD", "UPLOAD_ARTIFACTS"},
    {"BUILD", "build", "POST_BUILD", "POST_BUILD"},
    {"POST_BUILD", "post_build", "UPLOAD_ARTIFACTS", "UPLOAD_ARTIFACTS"},
};

static enum err_code end_commands(struct build *b, const struct phase *phase)
{
    struct sv error = json_sv(b->work, "error");
    bool has_failed = error.len > 0;
    bool goes_on = buildspec_goes_on(json_get(b->work, "spec"), phase->member);
    char message[WHY_SIZE];
    enum err_code rc;

    (void)snprintf(message, sizeof message, SV_FMT, SV_ARG(sv_take(error, WHY_SIZE - 1)));
    rc = build_say(b, "Phase complete: %s State: %s", phase->name,
                   has_failed ? "FAILED" : "SUCCEEDED");
    if (!rc)
        rc = build_say(b, "Phase context status code: %s Message: %s",
                       has_failed ? "COMMAND_EXECUTION_ERROR" : "", message);
    if (!rc)
        rc = build_end_phase(b, has_failed ? "FAILED" : "SUCCEEDED",
                             has_failed ? "COMMAND_EXECUTION_ERROR" : NULL, message);
    if (!rc && has_failed)
        rc = build_set_variable(b, "CODEBUILD_BUILD_SUCCEEDING", SV("0"));
    if (!rc && has_failed && !member_set(b->work, "failed", cJSON_CreateTrue()))
        rc = mem_err(b->err);
    cJSON_DeleteItemFromObjectCaseSensitive(b->work, "error");
    cJSON_DeleteItemFromObjectCaseSensitive(b->work, "list");
    cJSON_DeleteItemFromObjectCaseSensitive(b->work, "at");
    if (rc)
        return rc;
    return move_on(b, has_failed && !goes_on ? phase->after_failure : phase->next, 500);
}

/* Which list of the phase the next command is in: commands, then finally. */
static const char *list_of(const struct build *b)
{
    return sv_eq(json_sv(b->work, "list"), SV("finally")) ? "finally" : "commands";
}

static bool go_to(struct build *b, const char *list, int64_t at)
{
    cJSON_DeleteItemFromObjectCaseSensitive(b->work, "said");
    return member_put(b->work, "list", sv_of(list)) && member_put_int(b->work, "at", at);
}

static enum err_code value_for_log(void *owner, struct sv name, bool is_command UNUSED,
                                   struct sb *out, struct err *err)
{
    struct build *b = owner;
    char text[256];
    struct sv value;

    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
    value = build_variable(b, text);
    if (list_has(json_get(b->work, "masks"), name))
        return sb_add(out, SV("***"), err);
    if (value.ptr == NULL) /* the command itself may set it */
        return sb_addf(out, err, "${%s}", text);
    return sb_add(out, value, err);
}

/* Once, however often it is looked at again. */
static enum err_code announce(struct build *b, struct sv command)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, FILE_CAP);
    if (json_bool(b->work, "said", false))
        return ERR_OK;
    rc = text_expand(sv_trim(command), value_for_log, b, &text, b->err);
    if (!rc)
        rc = build_say(b, "Running command %.7000s", sb_cstr(&text));
    if (!rc && !member_set(b->work, "said", cJSON_CreateTrue()))
        rc = mem_err(b->err);
    return rc;
}

static enum err_code command_failed(struct build *b, struct sv command, int status)
{
    enum err_code rc = build_say(b, "Command did not exit successfully " SV_FMT " exit status %d",
                                 SV_ARG(sv_take(command, 1000)), status);

    if (!rc && json_sv(b->work, "error").len == 0 &&
        !member_putf(b->work, "error",
                     "Error while executing command: " SV_FMT ". Reason: exit status %d",
                     SV_ARG(sv_take(command, 1000)), status))
        rc = mem_err(b->err);
    return rc;
}

static enum err_code run_command(struct build *b, struct sv command)
{
    struct acting acting = {.outcome = OUTCOME_DONE};
    const char *list = list_of(b);
    int64_t at = json_int(b->work, "at", 0);
    enum err_code rc = announce(b, command);

    sb_init(&acting.out, FILE_CAP);
    if (!rc)
        rc = build_act(b, command, &acting);
    sb_release(&acting.out);
    if (rc)
        return rc;
    if (acting.outcome == OUTCOME_WAITS)
        return build_plan(b, LOOK_AGAIN_MS);
    if (acting.status != 0)
        rc = command_failed(b, command, acting.status);
    /* A command that fails is the last of its list. */
    if (!rc && !(acting.status != 0 && strcmp(list, "commands") == 0 ? go_to(b, "finally", 0)
                                                                     : go_to(b, list, at + 1)))
        rc = mem_err(b->err);
    return rc ? rc : build_plan(b, COMMAND_MS);
}

static enum err_code commands(struct build *b, const struct phase *phase)
{
    const cJSON *spec = json_get(b->work, "spec");
    int64_t at = json_int(b->work, "at", 0);
    const cJSON *command =
        cJSON_GetArrayItem(buildspec_commands(spec, phase->member, list_of(b)), (int)at);
    enum err_code rc = ERR_OK;

    if (at == 0 && strcmp(list_of(b), "commands") == 0 && !json_bool(b->work, "said", false))
        rc = build_say(b, "Entering phase %s", phase->name);
    if (!rc && command == NULL && strcmp(list_of(b), "commands") == 0) {
        if (!go_to(b, "finally", 0))
            return mem_err(b->err);
        command = cJSON_GetArrayItem(buildspec_commands(spec, phase->member, "finally"), 0);
    }
    if (rc)
        return rc;
    return command == NULL ? end_commands(b, phase) : run_command(b, json_item_sv(command));
}

static enum err_code upload(struct build *b)
{
    enum err_code rc = build_say(b, "Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED");

    if (!rc)
        rc = build_end_phase(b, "SUCCEEDED", NULL, NULL);
    return rc ? rc : move_on(b, "FINALIZING", 1000);
}

static enum err_code finalize(struct build *b)
{
    enum err_code rc = build_end_phase(b, "SUCCEEDED", NULL, NULL);

    return rc ? rc
              : build_complete(b, json_bool(b->work, "failed", false) ? "FAILED" : "SUCCEEDED");
}

static bool is_late(const struct build *b)
{
    int64_t limit_ms = json_int(b->record, "timeoutInMinutes", 60) * 60000;

    return b->s->now_ms - json_time(b->record, "startTime") > service_quick(b->s, limit_ms);
}

static enum err_code time_out(struct build *b)
{
    enum err_code rc = build_end_phase(b, "TIMED_OUT", "BUILD_TIMED_OUT", "Build has timed out.");

    return rc ? rc : build_complete(b, "TIMED_OUT");
}

static enum err_code step(struct build *b)
{
    struct sv phase = json_sv(b->record, "currentPhase");

    if (is_late(b))
        return time_out(b);
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        if (sv_eq(phase, sv_of(phases[i].name)))
            return commands(b, &phases[i]);
    }
    if (sv_eq(phase, SV("QUEUED")))
        return queued(b);
    if (sv_eq(phase, SV("PROVISIONING")))
        return provisioning(b);
    if (sv_eq(phase, SV("DOWNLOAD_SOURCE")))
        return download(b);
    return sv_eq(phase, SV("UPLOAD_ARTIFACTS")) ? upload(b) : finalize(b);
}

enum err_code codebuild_step(struct service *s, const struct later *later, struct err *err)
{
    struct build b;
    enum err_code rc =
        build_load(s, sv_of(later->account), sv_of(later->region), sv_of(later->name), &b, err);

    /* A build that was stopped takes no more steps. */
    if (!rc && b.record != NULL && b.work != NULL) {
        rc = step(&b);
        if (!rc)
            rc = build_save(&b);
    }
    build_release(&b);
    return rc;
}
