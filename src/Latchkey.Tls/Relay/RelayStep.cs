using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Relay;

/// <summary>
/// One thing that the machine at the client's side does for a handshake that is conducted elsewhere (catalogue K6, K7): the calls of the engine to its
/// <see cref="HandshakeChannel"/>, as data.
/// </summary>
public abstract record RelayStep
{
    private protected RelayStep()
    {
    }

    /// <summary>Zeroes what is secret in it.</summary>
    internal virtual void Zero()
    {
    }

    /// <summary>Does it.</summary>
    internal abstract ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken);
}

/// <summary>The version is settled.</summary>
public sealed record VersionStep(TlsVersion Version) : RelayStep
{
    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken)
    {
        channel.SetVersion(Version);
        return default;
    }
}

/// <summary>A message of the server goes out with the flight.</summary>
public sealed record MessageStep(HandshakeMessage Message) : RelayStep
{
    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken)
    {
        channel.WriteMessage(Message);
        return default;
    }
}

/// <summary>The server's ChangeCipherSpec goes out with the flight.</summary>
public sealed record ChangeCipherSpecStep : RelayStep
{
    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken)
    {
        channel.WriteChangeCipherSpec();
        return default;
    }
}

/// <summary>The flight is sent.</summary>
public sealed record FlushStep : RelayStep
{
    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken) => channel.FlushAsync(cancellationToken);
}

/// <summary>TLS 1.2: the client's next record must be ChangeCipherSpec. Nothing of it needs to travel: it says no more than that it is there.</summary>
public sealed record AwaitChangeCipherSpecStep : RelayStep
{
    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken) => channel.ReadChangeCipherSpecAsync(cancellationToken);
}

/// <summary>Later records of the client are under these keys, which the step owns.</summary>
public sealed record ReadKeysStep(TrafficKeys Keys) : RelayStep
{
    internal override void Zero() => Keys.Zero();

    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken)
    {
        channel.SetReadKeys(Keys);
        return default;
    }
}

/// <summary>Later records of the server are under these keys, which the step owns.</summary>
public sealed record WriteKeysStep(TrafficKeys Keys) : RelayStep
{
    internal override void Zero() => Keys.Zero();

    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken)
    {
        channel.SetWriteKeys(Keys);
        return default;
    }
}

/// <summary>Records of the server hold at most so many bytes of plaintext (RFC 8449).</summary>
public sealed record MaxPlaintextSizeStep(int Bytes) : RelayStep
{
    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken)
    {
        channel.SetMaxPlaintextSize(Bytes);
        return default;
    }
}

/// <summary>Early data is dropped (RFC 8446 §4.2.10).</summary>
public sealed record SkipEarlyDataStep : RelayStep
{
    internal override ValueTask ApplyAsync(HandshakeChannel channel, CancellationToken cancellationToken)
    {
        channel.SkipEarlyData();
        return default;
    }
}
