using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>One session's keys and Finished values as a key server computed them: nothing is left to ask, and nothing to derive anything else from (F2, F3).</summary>
internal sealed class RemoteTls12Secrets : Tls12Secrets
{
    private readonly SecretBytes _clientVerifyData;
    private readonly byte[] _serverVerifyData;

    private RemoteTls12Secrets(Tls12RecordKeys recordKeys, scoped in SessionKeysReply reply)
    {
        RecordKeys = recordKeys;
        _clientVerifyData = SecretBytes.CopyOf(reply.ClientVerifyData);
        _serverVerifyData = reply.ServerVerifyData.ToArray();
        Ticket = reply.Ticket.ToArray();
    }

    /// <summary>Takes a reply apart. null: its key block is not of the suite.</summary>
    public static RemoteTls12Secrets? TryRead(CipherSuite suite, scoped in SessionKeysReply reply) =>
        reply.KeyBlock.Length == KeyBlock.Size(suite) ? new RemoteTls12Secrets(KeyBlock.Partition(suite, reply.KeyBlock), reply) : null;

    public override Tls12RecordKeys RecordKeys { get; }

    public override ReadOnlyMemory<byte> Ticket { get; }

    public override ValueTask<bool> VerifyClientFinishedAsync(ReadOnlyMemory<byte> transcriptHash, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_clientVerifyData.FixedTimeEquals(verifyData.Span));

    public override ValueTask<ReadOnlyMemory<byte>> ServerFinishedAsync(ReadOnlyMemory<byte> transcriptHash, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>>(_serverVerifyData);

    public override void Dispose()
    {
        RecordKeys.Dispose();
        _clientVerifyData.Dispose();
    }
}
