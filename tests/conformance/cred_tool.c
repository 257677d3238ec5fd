/* Prints as one line of JSON what our settings and credential chain make of the real environment:
 * cred_tool [PROFILE]. Only what is known at once; what needs the network is "pending". For
 * cred_botocore.py. */
#include "core/aws/cred_provider.h"

static void never(void *owner UNUSED, const struct cred *cred UNUSED, const struct err *err UNUSED)
{
}

static enum err_code put_cred(struct jw *w, const struct aws_settings *settings, struct net *net,
                              struct err *err)
{
    struct aws *aws = NULL;
    struct cred_chain *chain = NULL;
    const struct cred *cred = NULL;
    enum err_code rc = aws_new(net, &aws, err);

    if (rc == ERR_OK)
        rc = cred_chain_new(aws, settings, &chain, err);
    if (rc == ERR_OK)
        rc = cred_get(chain, never, NULL, &cred, err);
    if (rc == ERR_OK) {
        jw_put_sv(w, "access_key", sv_of(cred->access_key));
        jw_put_sv(w, "secret_key", sv_of(cred->secret_key));
        jw_put_sv(w, "token", sv_of(cred->token));
    }
    cred_chain_free(chain);
    if (aws != NULL)
        aws_free(aws);
    return rc;
}

static enum err_code put_all(struct jw *w, struct sv profile, struct err *err)
{
    struct aws_files files = {0};
    struct aws_settings settings = {0};
    const struct aws_options options = {.profile = profile};
    struct net *net = NULL;
    enum err_code rc = aws_files_load(NULL, &files, err);

    if (rc == ERR_OK)
        rc = aws_settings_resolve(NULL, &files, &options, &settings, err);
    if (rc == ERR_OK) {
        jw_put_sv(w, "region", sv_of(settings.region));
        jw_put_sv(w, "endpoint", sv_of(aws_settings_endpoint_url(&settings, "codepipeline")));
        rc = net_open(&net, err);
    }
    if (rc == ERR_OK)
        rc = put_cred(w, &settings, net, err);
    net_close(net);
    aws_settings_release(&settings);
    aws_files_release(&files);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct sb line;
    struct jw w;
    enum err_code rc;

    sb_init(&line, 64 * 1024);
    jw_init(&w, &line, &err);
    jw_open(&w, '{');
    rc = put_all(&w, argc > 1 ? sv_of(argv[1]) : SV_NONE, &err);
    if (rc)
        jw_put_sv(&w, "error", sv_of(rc == ERR_PENDING ? "pending" : err.text));
    jw_close(&w, '}');
    if (jw_done(&w))
        return 1;
    puts(sb_cstr(&line));
    sb_release(&line);
    return 0;
}
