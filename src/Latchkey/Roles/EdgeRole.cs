using System.Net;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

/// <summary>The edge as a role. Renewed certificates and keys are noticed; everything else is reloaded on request.</summary>
internal sealed partial class EdgeRole(EdgeConfig config, Func<EdgeConfig> load, HandshakeTraces traces, ILoggerFactory loggers) : IRole
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = loggers.CreateLogger<EdgeRole>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _reloading = new(1);
    private EdgeHost? _host;
    private EdgeConfig _config = config;
    private Task _watching = Task.CompletedTask;

    public string Name => "edge";

    public IReadOnlyList<IPEndPoint> EndPoints => _host?.EndPoints ?? [];

    public string? NotReady => _stopping.IsCancellationRequested ? "stopping" : _host is null ? "not started" : _host.NotReady;

    public IReadOnlyList<string> Warnings => _host?.Warnings ?? [];

    public object Status => (object?)_host?.Status ?? new { _config.File };

    public int? Purge(string site, string? target) => _host?.Purge(site, target);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var watch = new FileWatch(WatchInterval, TimeProvider.System, () => FilesOf(_config));
        KeepKeysInMemory(_config);
        _host = new EdgeHost(_config, traces, loggers);
        await _host.StartAsync(cancellationToken);
        _watching = watch.RunAsync(ReloadRenewedAsync, _stopping.Token);
    }

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        // From the reading on one at a time: what was read first must not come into force last.
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            var config = load();
            KeepKeysInMemory(config);
            await _host!.ReloadAsync(config, cancellationToken);
            _config = config;
        }
        finally
        {
            _reloading.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _host!.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        if (_host is not null)
            await _host.DisposeAsync();
        _stopping.Dispose();
        _reloading.Dispose();
    }

    // Ticket keys of the fleet (T3), and keys that a certificate's owner has vouched for (X6): a site's own ticket keys are worth no more than what is in this memory anyway.
    private void KeepKeysInMemory(EdgeConfig config)
    {
        if (!config.Sites.Any(site => site.Resumption?.Tickets == TicketArrangement.TicketKey || site.DelegatedCredentials is not null))
            return;
        foreach (var warning in LockedMemory.Prefer())
            LogMemory(warning);
    }

    private static IEnumerable<string> FilesOf(EdgeConfig config) =>
    [
        .. config.Sites.SelectMany(site => site.Certificates).SelectMany(certificate => certificate.KeyFile is { } key ? [certificate.File, key] : new[] { certificate.File }),
        .. config.Sites.SelectMany(site => site.ClientCertificates?.Files ?? []),
        .. config.KeyServers.Values.SelectMany(link => link.RevocationFiles),
    ];

    private async Task ReloadRenewedAsync()
    {
        try
        {
            await ReloadAsync(_stopping.Token);
            LogRenewed();
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            LogRenewalFailed(e.Message);
        }
    }

    [LoggerMessage(5111, LogLevel.Information, "Certificates have changed on disk and are in force")]
    private partial void LogRenewed();

    [LoggerMessage(5115, LogLevel.Warning, "{Warning}")]
    private partial void LogMemory(string warning);

    [LoggerMessage(5112, LogLevel.Error, "Certificates have changed on disk but cannot be used; those there were stay in force: {Reason}")]
    private partial void LogRenewalFailed(string reason);
}
