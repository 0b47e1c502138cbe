using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Latchkey.Demo;

/// <summary>
/// The demonstration's origin: a plain HTTP server with the page's files, which also passes on what the edge tells of its
/// handshakes, so that the page can show the visitor their own.
/// </summary>
internal sealed class DemoOrigin : IAsyncDisposable
{
    private const int Remembered = 12;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<HandshakeTrace> _handshakes = new();
    private readonly Uri _edgeAdmin;
    private Task _listening = Task.CompletedTask;

    public DemoOrigin(IPEndPoint listen, string folder, Uri edgeAdmin, ILoggerFactory loggers)
    {
        _edgeAdmin = edgeAdmin;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, Admin.WithoutLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(listen));
        _application = builder.Build();
        var files = new PhysicalFileProvider(folder);
        _application.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        _application.UseStaticFiles(new StaticFileOptions { FileProvider = files });
        _application.Run(AnswerAsync);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _application.StartAsync(cancellationToken);
        _listening = ListenToEdgeAsync(_stopping.Token);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _listening;
        await _application.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _listening;
        await _application.DisposeAsync();
        _stopping.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path != "/handshakes.json")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("Not here.\n", context.RequestAborted);
        }
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(JsonSerializer.Serialize(_handshakes.Reverse(), Json), context.RequestAborted);
    }

    // The edge comes after the origin and may go before it.
    private async Task ListenToEdgeAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = _edgeAdmin, Timeout = Timeout.InfiniteTimeSpan };
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var handshake in EventReader.ReadAsync(client, () => { }, cancellationToken))
                    Remember(handshake);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or JsonException)
            {
                // Tried again until the demonstration ends.
            }
            await Task.Delay(200, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Remember(HandshakeTrace handshake)
    {
        _handshakes.Enqueue(handshake);
        while (_handshakes.Count > Remembered)
            _handshakes.TryDequeue(out _);
    }
}
