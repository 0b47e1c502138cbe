using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Relay;

/// <summary>
/// The transcript of a handshake that only passes by, for the case that its Finished messages are exchanged here (F1). It hashes as messages come; which hash is
/// known with the ServerHello, until then the one message there is waits.
/// </summary>
internal sealed class RelayedTranscript(HandshakeStart start) : IDisposable
{
    private const int RandomSize = 32;

    private Transcript? _transcript;

    /// <summary>A message of either side.</summary>
    public void Append(HandshakeMessage message)
    {
        if (_transcript is null)
        {
            if (SuiteOf(message) is not { } suite || CipherSuiteFacts.Find(suite) is not { } facts)
                return;
            _transcript = new Transcript(start.Options.Crypto, facts.Digest);
            _transcript.Append(start.HelloMessage);
        }

        _transcript.Append(message);
    }

    /// <summary>The transcript of a TLS 1.2 handshake with that suite.</summary>
    public Transcript Take(CipherSuite suite) => _transcript?.Digest == suite.Digest()
        ? _transcript
        : throw new KeyHolderFailedException("The conductor of the handshake handed it over with another suite than it told the client.");

    /// <inheritdoc/>
    public void Dispose() => _transcript?.Dispose();

    /// <summary>cipher_suite of a ServerHello: after header, version, random and session identifier; null: none.</summary>
    private static CipherSuite? SuiteOf(HandshakeMessage message)
    {
        if (message.Type != HandshakeType.ServerHello)
            return null;
        var reader = new MessageReader(message.Body);
        return reader.TryReadUInt16(out _) && reader.TryReadBytes(RandomSize, out _) && reader.TryReadVector8(out _) && reader.TryReadUInt16(out var suite)
            ? (CipherSuite)suite
            : null;
    }
}
