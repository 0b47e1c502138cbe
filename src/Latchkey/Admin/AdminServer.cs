using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Metrics;
using Latchkey.Roles;
using Latchkey.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Latchkey.Admin;

/// <summary>Health, readiness, metrics, status and handshake events over plain HTTP: for loopback or a private network.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
    private static readonly JsonSerializerOptions OneLineJson = new(Json) { WriteIndented = false };

    private readonly bool _isLoopback;
    private readonly IRole _role;
    private readonly MetricsCollector _metrics;
    private readonly HandshakeTraces _traces;
    private readonly WebApplication _application;
    private readonly DateTimeOffset _started = TimeProvider.System.GetUtcNow();

    public AdminServer(IPEndPoint listen, IRole role, MetricsCollector metrics, HandshakeTraces traces, ILoggerFactory loggers)
    {
        _isLoopback = IPAddress.IsLoopback(listen.Address);
        _role = role;
        _metrics = metrics;
        _traces = traces;
        // The empty builder: no configuration files, no environment, no signal handling of its own.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, WithoutLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 100;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(listen);
        });
        _application = builder.Build();
        _application.Run(AnswerAsync);
    }

    /// <summary>Known after <see cref="StartAsync"/>.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <exception cref="IOException">The address is taken or not ours.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _application.StartAsync(cancellationToken);
        var address = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        EndPoint = IPEndPoint.Parse(new Uri(address).Authority);
    }

    public async ValueTask DisposeAsync()
    {
        // Watchers of /events would hold a patient stop up.
        using var at_once = new CancellationTokenSource(0);
        await _application.StopAsync(at_once.Token);
        await _application.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (_isLoopback && !NamesThisMachine(context.Request.Host))
            return WriteTextAsync(context, StatusCodes.Status421MisdirectedRequest, "this listens on a loopback address: ask for it by address or as localhost\n");
        // A page in a browser on this machine cannot send this: another site's DELETE is asked about first, and nobody says yes (CORS).
        if (HttpMethods.IsDelete(context.Request.Method) && context.Request.Path == "/cache")
            return PurgeAsync(context);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return WriteTextAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET\n");
        return context.Request.Path.Value switch
        {
            "/" => WriteTextAsync(context, StatusCodes.Status200OK, "/healthz /readyz /metrics /status /events\n"),
            "/healthz" => WriteTextAsync(context, StatusCodes.Status200OK, "ok\n"),
            "/readyz" => AnswerReadinessAsync(context),
            "/metrics" => WriteAsync(context, PrometheusText.ContentType, _metrics.Write()),
            "/status" => WriteAsync(context, "application/json", JsonSerializer.Serialize(Status(), Json) + "\n"),
            "/events" => StreamEventsAsync(context),
            _ => WriteTextAsync(context, StatusCodes.Status404NotFound, "there are /healthz /readyz /metrics /status /events\n"),
        };
    }

    // A web page whose name its owner lets resolve to 127.0.0.1 (DNS rebinding) may read what a browser on this machine can reach; its requests
    // carry that name. Beyond loopback any name may be the operator's own.
    private static bool NamesThisMachine(HostString host) =>
        !host.HasValue
        || IPAddress.TryParse(host.Host.Trim('[', ']'), out _)
        || host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private Task AnswerReadinessAsync(HttpContext context) => _role.NotReady is { } reason
        ? WriteTextAsync(context, StatusCodes.Status503ServiceUnavailable, $"not ready: {reason}\n")
        : WriteTextAsync(context, StatusCodes.Status200OK, string.Concat(_role.Warnings.Prepend("ready").Select(line => line + "\n")));

    private Task PurgeAsync(HttpContext context)
    {
        var (site, target) = (context.Request.Query["site"], context.Request.Query["path"]);
        if (site.Count != 1 || target.Count > 1)
            return WriteTextAsync(context, StatusCodes.Status400BadRequest, "expected ?site=example.test, or ?site=example.test&path=/style.css for one resource\n");
        return _role.Purge(site.ToString(), target.Count == 0 ? null : target.ToString()) is { } count
            ? WriteTextAsync(context, StatusCodes.Status200OK, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{count} forgotten\n"))
            : WriteTextAsync(context, StatusCodes.Status404NotFound, "no site of that name has a cache\n");
    }

    private object Status() => new
    {
        Role = _role.Name,
        Program.Version,
        Process = Environment.ProcessId,
        WorkingDirectory = Environment.CurrentDirectory,
        Started = _started,
        Listen = _role.EndPoints.Select(endPoint => endPoint.ToString()),
        Ready = _role.NotReady is null,
        _role.NotReady,
        _role.Warnings,
        Details = _role.Status,
    };

    // Server-sent events: one "handshake" event for each that finishes.
    private async Task StreamEventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var ended = watching.Token;
        try
        {
            // The comment tells a watcher that from here on it misses nothing.
            var handshakes = _traces.WatchAsync(ended);
            await context.Response.WriteAsync(": watching\n\n", ended);
            await context.Response.Body.FlushAsync(ended);
            await foreach (var trace in handshakes)
            {
                await context.Response.WriteAsync($"event: handshake\ndata: {JsonSerializer.Serialize(trace, OneLineJson)}\n\n", ended);
                await context.Response.Body.FlushAsync(ended);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The watcher has left.
        }
        finally
        {
            await watching.CancelAsync();
        }
    }

    private static Task WriteTextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, "text/plain; charset=utf-8", text);
    }

    private static Task WriteAsync(HttpContext context, string type, string text)
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
