using System.Net;

namespace Latchkey.Roles;

/// <summary>What the program runs: an edge or a key server. Started once, stopped once; reloads and questions may come at any
/// time between, from any thread.</summary>
internal interface IRole : IAsyncDisposable
{
    /// <summary><c>edge</c> or <c>keyserver</c>, as in the ready line.</summary>
    string Name { get; }

    /// <summary>Where it listens; known after <see cref="StartAsync"/> (port 0 is resolved).</summary>
    IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>Begins to accept connections.</summary>
    /// <exception cref="Configuration.ConfigurationException">What the configuration names turned out not to be usable.</exception>
    /// <exception cref="IOException">The address is taken or not ours.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Reads configuration, keys and certificates again without dropping a connection. On an error nothing changes.</summary>
    Task ReloadAsync(CancellationToken cancellationToken);

    /// <summary>Accepts no more, lets what is under way end, then closes. The token ends the patience.</summary>
    Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Why it cannot serve at the moment, for <c>/readyz</c>; null where it can.</summary>
    string? NotReady { get; }

    /// <summary>What is amiss though it can serve, for <c>/readyz</c> and <c>/status</c>: a sentence each.</summary>
    IReadOnlyList<string> Warnings => [];

    /// <summary>Forgets what is kept of a site's resources.</summary>
    /// <param name="site">One of its names.</param>
    /// <param name="target">Path and query; null: all.</param>
    /// <returns>URLs forgotten; null: there is no such site, or nothing is kept for it.</returns>
    int? Purge(string site, string? target) => null;

    /// <summary>What <c>/status</c> tells of this role, written as JSON; no secrets.</summary>
    object Status { get; }
}
