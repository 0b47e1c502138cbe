using System.Globalization;
using Latchkey.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Latchkey.Edge.Upstreams;

/// <summary>
/// Serves the files of a folder (D5): <c>index.html</c> for folders, content types by extension, ETag, Last-Modified, ranges and HEAD
/// by ASP.NET Core's static files, from a <see cref="SiteFolder"/> that nothing leads out of.
/// </summary>
internal sealed class FileUpstream : Upstream
{
    private readonly RequestDelegate _serve;

    public FileUpstream(UpstreamConfig.Files config, IWebHostEnvironment environment, ILoggerFactory loggers)
    {
        var files = new SiteFolder(config.Folder);
        var mayBeKept = config.MaxAge is { } age ? string.Create(CultureInfo.InvariantCulture, $"max-age={(long)age.TotalSeconds}") : null;
        var serving = new StaticFileMiddleware(
            NotFoundAsync,
            environment,
            Options.Create(new StaticFileOptions
            {
                FileProvider = files,
                ServeUnknownFileTypes = true,
                DefaultContentType = "application/octet-stream",
                OnPrepareResponse = prepared =>
                {
                    var headers = prepared.Context.Response.Headers;
                    // A browser must not guess that an unknown file is a script.
                    headers.XContentTypeOptions = "nosniff";
                    if (mayBeKept is not null)
                        headers.CacheControl = mayBeKept;
                },
            }),
            loggers);
        var choosing = new DefaultFilesMiddleware(serving.Invoke, environment, Options.Create(new DefaultFilesOptions { FileProvider = files, DefaultFileNames = ["index.html"] }));
        _serve = choosing.Invoke;
    }

    public override Task ServeRequestAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return _serve(context);
        context.Response.Headers.Allow = "GET, HEAD";
        return StatusPage.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "This site can only be read.");
    }

    private static Task NotFoundAsync(HttpContext context) =>
        StatusPage.WriteAsync(context, StatusCodes.Status404NotFound, "There is nothing at this address.");
}
