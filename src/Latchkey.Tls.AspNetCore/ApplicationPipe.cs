using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Latchkey.Tls.Alerts;
using Microsoft.AspNetCore.Connections;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// The plaintext pipe with the peer's faults in Kestrel's words. Kestrel takes <see cref="ConnectionResetException"/> between two
/// requests as a normal end (many clients close without close_notify) and logs any exception it does not know as a warning.
/// </summary>
internal sealed class ApplicationPipe(IDuplexPipe plaintext) : IDuplexPipe
{
    public PipeReader Input { get; } = new ResetReader(plaintext.Input);

    public PipeWriter Output => plaintext.Output;

    private sealed class ResetReader(PipeReader inner) : PipeReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                var read = inner.ReadAsync(cancellationToken);
                return read.IsCompletedSuccessfully ? read : Translated(read);
            }
            catch (TlsException fault)
            {
                throw Reset(fault);
            }
        }

        public override bool TryRead(out ReadResult result)
        {
            try
            {
                return inner.TryRead(out result);
            }
            catch (TlsException fault)
            {
                throw Reset(fault);
            }
        }

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        // Every read that waits passes here, one per request on a quiet connection: pooled, so that it costs no allocation.
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private static async ValueTask<ReadResult> Translated(ValueTask<ReadResult> read)
        {
            try
            {
                return await read;
            }
            catch (TlsException fault)
            {
                throw Reset(fault);
            }
        }

        private static ConnectionResetException Reset(TlsException fault) => new(fault.Message, fault);
    }
}
