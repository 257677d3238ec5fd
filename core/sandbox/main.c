/* penstock-sandbox: AWS on loopback. Reads the options, builds the world, says where it listens,
 * and serves until it is told to stop. */
#include "core/sandbox/config_dir.h"
#include "core/sandbox/server.h"

static enum err_code announce(struct sandbox *sandbox, int port, struct err *err)
{
    const struct options *o = sandbox->options;
    const char *url = sandbox->url;
    char number[16];
    enum err_code rc = ERR_OK;

    (void)snprintf(sandbox->url, sizeof sandbox->url, "%s://127.0.0.1:%d",
                   o->tls_cert == NULL ? "http" : "https", port);
    (void)snprintf(number, sizeof number, "%d\n", port);
    if (o->config_dir != NULL)
        rc = config_dir_write(o->config_dir, url, err);
    if (!rc && o->port_file != NULL)
        rc = file_replace(o->port_file, sv_of(number), err);
    if (rc)
        return rc;
    if (printf("%s\n", url) < 0 || fflush(stdout) != 0)
        return err_set(err, ERR_FAILED, "cannot write to standard output");
    return ERR_OK;
}

static enum err_code serve(struct sandbox *sandbox, const struct options *o, struct err *err)
{
    struct server *server = NULL;
    enum err_code rc = sandbox_open(sandbox, o, err);

    if (!rc)
        rc = server_open(sandbox, &server, err);
    if (!rc)
        rc = announce(sandbox, server_port(server), err);
    if (!rc)
        rc = server_run(server, err);
    server_close(server);
    sandbox_close(sandbox);
    return rc;
}

int main(int argc, char **argv)
{
    static struct sandbox sandbox;
    static struct options options;
    struct err err = {0};
    enum err_code rc = options_parse(argc, argv, &options, &err);

    if (!rc && options.wants_help) {
        options_help(stdout);
        return 0;
    }
    if (!rc && options.wants_version) {
        (void)printf("penstock-sandbox %s\n", PENSTOCK_VERSION);
        return 0;
    }
    if (!rc)
        rc = serve(&sandbox, &options, &err);
    if (rc)
        (void)fprintf(stderr, "penstock-sandbox: %s\n", err.text);
    return err_exit_status(rc);
}
