using System.Net;
using Latchkey.Roles;

namespace Latchkey.Tests.Admin;

/// <summary>A role that does nothing but be asked.</summary>
internal sealed class IdleRole : IRole
{
    public string Name => "edge";

    public IReadOnlyList<IPEndPoint> EndPoints => [IPEndPoint.Parse("127.0.0.1:8443")];

    public string? NotReady { get; set; }

    public IReadOnlyList<string> Warnings { get; set; } = [];

    public object Status => new { Sites = 1 };

    public int? Purge(string site, string? target) => site == "example.test" ? target is null ? 7 : 1 : null;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReloadAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
