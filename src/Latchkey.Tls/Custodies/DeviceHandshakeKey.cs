using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Custodies;

/// <summary>
/// A private key that blocks whoever uses it (a token, a TPM), for a server that has it beside itself. Operations run on threads of their own, as many at once as the
/// device has places; a handshake that runs out of patience leaves, and what the device says to it later is thrown away. Does not own the key.
/// </summary>
/// <param name="key">Lent.</param>
/// <param name="places">The device's: all its keys share one. Lent.</param>
public sealed class DeviceHandshakeKey(PrivateKey key, SemaphoreSlim places) : IHandshakeKey
{
    /// <summary>Always: beside a device's own time it costs nothing, and a device is what faults are expected of.</summary>
    public bool MustBeVerified => true;

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken)
    {
        var content = ServerKeyExchangeContent.Build(request.ClientRandom.Span, request.ServerRandom.Value.Span, request.Parameters.Span);
        return await RunAsync(() => key.Sign(request.Scheme, content), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken)
    {
        var content = CertificateVerifyContent.ForServer(request.TranscriptHash.Span);
        return await RunAsync(() => key.Sign(request.Scheme, content), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        var encrypted = request.EncryptedPremaster.ToArray();
        using var premaster = await RunAsync(() => key.DecryptPremaster(encrypted, request.ClientVersion), cancellationToken);
        return MasterSecret.Derive(
            request.Handshake.Crypto, request.Handshake.CipherSuite.Digest(), premaster,
            request.ClientRandom.Span, request.ServerRandom.Value.Span, request.SessionHash);
    }

    // A thread for each operation: 60 µs beside a device's milliseconds, and none that a hung device could keep from others.
    private async Task<T> RunAsync<T>(Func<T> operation, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        var working = Task.Factory.StartNew(() => Run(operation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await working.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = working.ContinueWith(late => Discard(late), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
        catch (Exception e)
        {
            throw new KeyHolderFailedException($"The key's device failed: {e.Message}", e);
        }
    }

    private T Run<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        finally
        {
            places.Release();
        }
    }

    private static void Discard<T>(Task<T> late)
    {
        if (late.IsCompletedSuccessfully)
            (late.Result as IDisposable)?.Dispose();
        else
            _ = late.Exception; // seen
    }
}
