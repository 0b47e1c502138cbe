using System.Net.Sockets;

namespace Latchkey.Bogo;

/// <summary>The connection to the runner, which remembers the random of a TLS 1.2 ServerHello as it goes out. Does not own the socket.</summary>
internal sealed class ServerHelloWatch(Socket socket) : NetworkStream(socket, ownsSocket: false)
{
    /// <summary>Headers of record and message, and the version.</summary>
    private const int RandomOffset = 5 + 4 + 2;

    private const int RandomSize = 32;

    /// <summary>32 bytes; empty before anything was sent.</summary>
    public byte[] ServerRandom { get; private set; } = [];

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (ServerRandom.Length == 0 && buffer.Length >= RandomOffset + RandomSize)
            ServerRandom = buffer.Slice(RandomOffset, RandomSize).ToArray();
        return base.WriteAsync(buffer, cancellationToken);
    }
}
