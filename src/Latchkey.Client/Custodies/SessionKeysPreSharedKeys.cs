using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>
/// Pre-shared keys at a key server for sites of custody <c>session-keys</c>: in TLS 1.3 this session's traffic secrets come here. TLS 1.2 is not served with such
/// keys, because its master secret would come here.
/// </summary>
internal sealed class SessionKeysPreSharedKeys(KeyServerClient client) : PreSharedKeyHolder
{
    /// <inheritdoc/>
    public override bool ServesTls12 => false;

    /// <inheritdoc/>
    public override Tls13KeyHolder? BeginTls13(HandshakeFacts facts, int identity) => new PreSharedTls13KeyHolder(client, facts, Tls13KeyKind.External, identity);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: <see cref="ServesTls12"/>.</exception>
    public override ValueTask<SecretBytes?> DeriveMasterSecretAsync(PreSharedMasterSecretDerivation request, CancellationToken cancellationToken) => throw new NotSupportedException();
}
