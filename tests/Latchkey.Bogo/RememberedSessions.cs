using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.Bogo;

/// <summary>Sessions under their identifiers, for the life of the process.</summary>
internal sealed class RememberedSessions : SessionCache
{
    private readonly Dictionary<string, SecretBytes> _encoded = [];

    public override string Name => "runner_session";

    public bool Any => _encoded.Count > 0;

    public override ValueTask KeepAsync(ReadOnlyMemory<byte> identifier, SessionState state, CancellationToken cancellationToken)
    {
        if (SessionStateEncoding.Encode(state) is { } encoded)
            _encoded[Convert.ToHexString(identifier.Span)] = encoded;
        return ValueTask.CompletedTask;
    }

    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_encoded.TryGetValue(Convert.ToHexString(identifier.Span), out var encoded) ? SessionStateEncoding.TryDecode(encoded) : null);
}
