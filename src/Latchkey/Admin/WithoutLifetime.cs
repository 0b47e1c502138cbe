using Microsoft.Extensions.Hosting;

namespace Latchkey.Admin;

/// <summary>Signals end roles, not the web servers inside them.</summary>
internal sealed class WithoutLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
