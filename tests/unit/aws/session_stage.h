/* A session that asks a scripted server, with keys from its own environment. */
#ifndef PENSTOCK_TESTS_SESSION_STAGE_H
#define PENSTOCK_TESTS_SESSION_STAGE_H

#include "core/aws/call.h"
#include "core/base/time.h"
#include "tests/unit/script.h"

struct session_stage {
    struct net *net;
    struct aws *aws;
    struct aws_session *session;
    struct aws_files files;
    struct aws_settings settings;
    struct aws_env env;
    struct script script;
    char endpoint[128];
    const char *vars[8];
    bool is_done;
    enum err_code code;
    struct err err;
    int status;
    bool is_unknown;
    int attempts;
    char name[64];
    char root[64];   /* the XML's name */
    char header[64]; /* x-amz-version-id */
    char got[65536];
};

static inline void stage_open(struct session_stage *s, const struct step *steps, size_t count)
{
    struct aws_options options = {0};
    struct err err = {0};

    memset(s, 0, sizeof *s);
    script_start(&s->script, steps, count);
    snprintf(s->endpoint, sizeof s->endpoint, "AWS_ENDPOINT_URL=%s", s->script.url);
    s->vars[0] = "AWS_ACCESS_KEY_ID=AKIDEXAMPLE";
    s->vars[1] = "AWS_SECRET_ACCESS_KEY=secret";
    s->vars[2] = "AWS_CONFIG_FILE=/nonexistent/config";
    s->vars[3] = "AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials";
    s->vars[4] = "AWS_EC2_METADATA_DISABLED=true";
    s->vars[5] = s->endpoint;
    s->env.vars = s->vars;
    REQUIRE_OK(aws_files_load(&s->env, &s->files, &err), &err);
    REQUIRE_OK(aws_settings_resolve(&s->env, &s->files, &options, &s->settings, &err), &err);
    REQUIRE_OK(net_open(&s->net, &err), &err);
    REQUIRE_OK(aws_new(s->net, &s->aws, &err), &err);
    REQUIRE_OK(aws_session_new(s->aws, &s->settings, SV("eu-west-1"), &s->session, &err), &err);
}

static inline void stage_close(struct session_stage *s)
{
    aws_session_free(s->session);
    aws_free(s->aws);
    net_close(s->net);
    aws_settings_release(&s->settings);
    aws_files_release(&s->files);
    script_stop(&s->script, s->got, sizeof s->got);
}

static inline void stage_on_reply(void *owner, const struct aws_reply *reply)
{
    struct session_stage *s = owner;

    CHECK_TRUE(!s->is_done);
    s->is_done = true;
    s->code = reply->code;
    s->err = reply->err;
    s->status = reply->status;
    s->is_unknown = reply->is_unknown;
    s->attempts = reply->attempts;
    snprintf(s->name, sizeof s->name, SV_FMT, SV_ARG(reply->error_name));
    snprintf(s->root, sizeof s->root, SV_FMT,
             SV_ARG(reply->xml != NULL ? reply->xml->name : SV("")));
    snprintf(s->header, sizeof s->header, SV_FMT,
             SV_ARG(aws_reply_header(reply, SV("x-amz-version-id"))));
}

static inline void stage_wait(struct session_stage *s)
{
    int64_t end_ms = time_mono_ms() + 20000;
    struct err err = {0};

    while (!s->is_done && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(s->net, NULL, 0, 100, &err), &err);
    REQUIRE(s->is_done);
    s->is_done = false;
}

static inline void no_proxies(void)
{
    unsetenv("http_proxy");
    unsetenv("HTTP_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
}

#endif
