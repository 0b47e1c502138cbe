using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Operations;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Work;

/// <summary>
/// What a worker has computed for one slice of requests and not yet let go: the uses are recorded together, in one write, and only then do the replies leave (X7). One
/// thread uses it.
/// </summary>
/// <param name="services">What all lanes share.</param>
/// <param name="lane">For metrics.</param>
internal sealed class SliceAnswers(WorkerServices services, string lane)
{
    private readonly List<Answer> _answers = [];
    private readonly AuditBatch _uses = new();

    /// <summary>Takes a result over; the request's bytes are not needed any more.</summary>
    public void Add(KeyRequest request, OperationResult result)
    {
        if (services.Audit is not null)
        {
            var items = request.Message.Items;
            _uses.AddUse(services.Time.GetUtcNow(), request.Connection.Edge, request.Key.Ski, request.Operation.Name, request.Operation.ServerName(items), result.Digest.Span, result.Error, result.IsRepeated);
        }
        _answers.Add(new Answer(request, request.Message.Id, result));
    }

    /// <summary>Records, then replies.</summary>
    public void Deliver()
    {
        var recorded = services.Audit is null || services.Audit.TryAppend(_uses);
        foreach (var answer in _answers)
            Deliver(answer, recorded ? answer.Result.Error : KeylessError.Internal);
        _answers.Clear();
        _uses.Clear();
    }

    private void Deliver(Answer answer, KeylessError error)
    {
        var (request, id, result) = answer;
        if (error != KeylessError.None && error != KeylessError.Replayed)
            services.Operations.Freshness.Withdraw(request);
        // Counted first: the connection's reader may send a reply as soon as it is there.
        services.Metrics.Answered(request.Operation.Name, error, services.Time.GetElapsedTime(request.Arrived), lane);
        using (result.Secret)
        {
            if (error != KeylessError.None)
                request.Connection.Replies.AddError(id, error);
            else
                request.Connection.Replies.AddResult(id, result.Secret is null ? result.Public.Span : result.Secret.Span);
        }
    }

    private readonly record struct Answer(KeyRequest Request, uint Id, OperationResult Result);
}
