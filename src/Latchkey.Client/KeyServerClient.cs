using Latchkey.Tls.Custodies;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client;

/// <summary>
/// The edge's way to one owner's key servers: persistent multiplexed connections that come back by themselves. Thread-safe;
/// one object serves every handshake of every site that names these key servers.
/// </summary>
public sealed class KeyServerClient(KeyServerClientOptions options, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>What was configured.</summary>
    public KeyServerClientOptions Options { get; } = options;

    /// <summary>Begins connecting; returns at once. Handshakes meanwhile wait for the connection up to the request timeout, or fail
    /// at once where the last attempt to connect failed.</summary>
    public void Start() => throw new NotImplementedException(loggers.ToString());

    /// <summary>Whether at least one key server is connected, for <c>/readyz</c>.</summary>
    public bool IsConnected => throw new NotImplementedException();

    /// <summary>The custody of that configured name (<c>signature</c>, <c>premaster</c>) over these key servers.</summary>
    /// <exception cref="ArgumentException">No such custody; the message lists those there are.</exception>
    public Custody CreateCustody(string custody) => throw new NotImplementedException();

    /// <summary>Closes the connections; operations under way fail.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
