using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Latchkey.Interop.Deployment;

/// <summary>What the edge stands in front of: a plain HTTP server with a page, images, big downloads and an upload's hash.</summary>
public sealed class Origin : IAsyncDisposable
{
    public const string Greeting = "the origin says hello";

    private readonly TaskCompletionSource _slowAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _slowAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _application = null!;

    private Origin()
    {
    }

    public Uri Address => new(_application.Urls.Single());

    /// <summary>Somebody has asked for <c>/slow</c>.</summary>
    public Task SlowAsked => _slowAsked.Task;

    /// <summary>Lets <c>/slow</c> be answered.</summary>
    public void AnswerSlow() => _slowAnswered.TrySetResult();

    public static async Task<Origin> StartAsync()
    {
        var origin = new Origin();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        origin._application = builder.Build();
        origin._application.Run(origin.ServeAsync);
        await origin._application.StartAsync();
        return origin;
    }

    /// <summary>The bytes <c>/download</c> sends, piece by piece, so that both ends can hash them without storing them.</summary>
    public static void Fill(Span<byte> piece, long position)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            piece[i] = (byte)((position + i) * 31 + ((position + i) >> 11));
        }
    }

    public static string HashOf(long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[64 * 1024];
        for (long position = 0; position < length; position += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, length - position));
            Fill(part, position);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private Task ServeAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/" => Page(context),
        "/hello" => context.Response.WriteAsync($"{Greeting}, {context.Request.Host.Host}{context.Request.QueryString}\n"),
        "/kept" => KeptAsync(context),
        "/client" => context.Response.WriteAsync((context.Request.Headers.TryGetValue("Client-Cert", out var certificate) ? certificate.ToString() : "nobody") + "\n"),
        "/early" => context.Response.WriteAsync($"{context.Request.Method} early: {context.Request.Headers["Early-Data"]}\n"),
        "/forwarded" => context.Response.WriteAsync(context.Request.Headers["X-Forwarded-Proto"].ToString()),
        "/download" => DownloadAsync(context),
        "/upload" => UploadAsync(context),
        "/drip" => DripAsync(context),
        "/slow" => SlowAsync(context),
        { } path when path.EndsWith(".png", StringComparison.Ordinal) => Image(context),
        _ => NotFound(context),
    };

    /// <summary>What caches may keep.</summary>
    private static Task KeptAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "max-age=600";
        context.Response.Headers.ETag = "\"kept\"";
        return context.Response.WriteAsync($"{Greeting} once\n");
    }

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task Page(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(WebPage.Html);
    }

    private static async Task Image(HttpContext context)
    {
        context.Response.ContentType = "image/png";
        context.Response.ContentLength = WebPage.Png.Length;
        await context.Response.Body.WriteAsync(WebPage.Png);
    }

    private static async Task DownloadAsync(HttpContext context)
    {
        var length = long.Parse(context.Request.Query["bytes"].ToString(), System.Globalization.CultureInfo.InvariantCulture);
        context.Response.ContentLength = length;
        var piece = ArrayPool<byte>.Shared.Rent(64 * 1024);
        for (long position = 0; position < length; position += piece.Length)
        {
            var part = piece.AsMemory(0, (int)Math.Min(piece.Length, length - position));
            Fill(part.Span, position);
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
        }

        ArrayPool<byte>.Shared.Return(piece);
    }

    private static async Task UploadAsync(HttpContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[64 * 1024];
        long length = 0;
        int count;
        while ((count = await context.Request.Body.ReadAsync(piece, context.RequestAborted)) > 0)
        {
            hash.AppendData(piece, 0, count);
            length += count;
        }

        await context.Response.WriteAsync($"{length} {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }

    private async Task SlowAsync(HttpContext context)
    {
        _slowAsked.TrySetResult();
        await _slowAnswered.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync("slow but complete");
    }

    /// <summary>A line every 100 ms until the client has gone: a session that lives on.</summary>
    private static async Task DripAsync(HttpContext context)
    {
        for (var i = 0; !context.RequestAborted.IsCancellationRequested; i++)
        {
            await context.Response.WriteAsync($"drop {i}\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(100, context.RequestAborted);
        }
    }
}
